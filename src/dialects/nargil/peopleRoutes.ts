// People: the caller, and everybody.

import { noteSignIn } from '../../commands/noteSignIn.ts';
import { may } from '../../domain/access.ts';
import { readerOf } from '../../domain/accessFacts.ts';
import { accountOf } from '../../domain/user.ts';
import { listed } from '../../http/listed.ts';
import { Listing, pagesOf } from '../../http/listing.ts';
import type { Reading } from '../../http/reading.ts';
import type { UserRequest } from '../django/request.ts';
import { ok, route } from '../django/route.ts';
import { conversationsOf, everybody } from '../shared/conversationLists.ts';
import { ownDocument } from './identities.ts';
import { messages } from './texts.ts';
import { type GroupRef, isSuperuser, presentGroupRef, presentPerson, presentProfile } from './wire.ts';

/** The answer shows so many groups of a person: those that the person joined last. */
const GROUPS_SHOWN = 1000;
/** People on one page of the list: each has up to so many groups. */
const PEOPLE = 5;

/** The groups of `userId` that the caller may read, in the order of joining. */
const visibleGroupsOf = async ({ services: { queries }, user }: UserRequest, userId: string, reading: Reading) => {
  const found: GroupRef[] = [];
  const account = accountOf(user);
  const joined = conversationsOf(queries, userId, 'group');
  for await (const { items } of pagesOf(reading, joined, { descending: true })) {
    const groups = items.flatMap(({ conversation }) => conversation ?? []);
    const ids = groups.map(({ id }) => id);
    const mine = await queries.membershipsIn(user.userId, ids);
    const visible = groups.filter((group, i) => may(readerOf(account, mine[i]?.role), 'read', group));
    found.push(...visible.map(presentGroupRef));
    if (found.length >= GROUPS_SHOWN) break;
  }
  return found.slice(0, GROUPS_SHOWN).toReversed();
};

const peopleWithGroups = (request: UserRequest) =>
  new Listing({ ...everybody(request.services.queries), limit: PEOPLE }, async (people, reading) => {
    const shown: object[] = [];
    for (const person of people)
      shown.push(presentPerson(person, await visibleGroupsOf(request, person.id, reading), request));
    return shown;
  });

const saveUserData = async (request: UserRequest) => {
  const { externalId, lastLoginAt } = await ownDocument(request);
  if (externalId === null || lastLoginAt !== null) return ok({ message: messages.userUpdated });
  await request.perform(noteSignIn, undefined);
  return ok({ message: messages.userCreated });
};

const listPeople = (request: UserRequest) => listed(request, { all_users: peopleWithGroups(request) });

const showProfile = async (request: UserRequest) => {
  const user = await ownDocument(request);
  if (!request.query('get-all') || !isSuperuser(user))
    return ok({ message: messages.profileFound, data: presentProfile(user, request) });
  const people = new Listing(everybody(request.services.queries), async (some) =>
    some.map((one) => presentProfile(one, request)),
  );
  return listed(request, { message: messages.profilesFound, data: people });
};

export const peopleRoutes = [
  // The document names no method, and what it calls *create* many clients send as POST.
  route('/cht/save-user-data/', { GET: saveUserData, POST: saveUserData }, { hasHead: false }),
  route('/cht/api/users-info/', { GET: listPeople }, { hasHead: false }),
  route('/cht/api/user/profile/', { GET: showProfile }),
];
