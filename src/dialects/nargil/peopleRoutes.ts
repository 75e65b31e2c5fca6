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
import { visible } from '../shared/find.ts';
import { addressesOf } from './media.ts';
import { messages } from './texts.ts';
import { type GroupRef, isSuperuser, presentGroupRef, presentPerson, presentProfile } from './wire.ts';

/** Groups that are shown of one person: those joined last. */
const GROUPS_SHOWN = 1000;
/** People on one page, each with all these groups. */
const PEOPLE = 5;

/** The groups of `userId` that are public or the caller's own too, in the order of joining. */
const visibleGroupsOf = async ({ services: { queries }, user }: UserRequest, userId: string, reading: Reading) => {
  const found: GroupRef[] = [];
  const account = accountOf(user);
  const joined = conversationsOf(queries, userId, 'group');
  for await (const { items } of pagesOf(reading, joined, { descending: true })) {
    const groups = items.flatMap(({ conversation }) => conversation ?? []);
    const mine = await queries.membershipsIn(
      user.userId,
      groups.map(({ id }) => id),
    );
    found.push(
      ...groups.filter((group, i) => may(readerOf(account, mine[i]?.role), 'read', group)).map(presentGroupRef),
    );
    if (found.length >= GROUPS_SHOWN) break;
  }
  return found.slice(0, GROUPS_SHOWN).toReversed();
};

const peopleWithGroups = (request: UserRequest) =>
  new Listing({ ...everybody(request.services.queries), limit: PEOPLE }, async (people, reading) => {
    const shown: object[] = [];
    for (const person of people) shown.push(presentPerson(person, await visibleGroupsOf(request, person.id, reading)));
    return shown;
  });

const saveUserData = route(
  '/cht/save-user-data/',
  {
    GET: async (request) => {
      const { externalId, lastLoginAt } = await visible(request.services.queries.user(request.user.userId));
      if (externalId === null || lastLoginAt !== null) return ok({ message: messages.userUpdated });
      await request.perform(noteSignIn, undefined);
      return ok({ message: messages.userCreated });
    },
  },
  { hasHead: false },
);

const usersInfo = route(
  '/cht/api/users-info/',
  { GET: (request) => listed(request, { all_users: peopleWithGroups(request) }) },
  { hasHead: false },
);

const profile = route('/cht/api/user/profile/', {
  GET: async (request) => {
    const user = await visible(request.services.queries.user(request.user.userId));
    const at = addressesOf(request);
    if (!request.query('get-all') || !isSuperuser(user))
      return ok({ message: messages.profileFound, data: presentProfile(user, at) });
    const people = new Listing(everybody(request.services.queries), async (some) =>
      some.map((one) => presentProfile(one, at)),
    );
    return listed(request, { message: messages.profilesFound, data: people });
  },
});

export const peopleRoutes = [saveUserData, usersInfo, profile];
