// People: oneself, and everybody.

import { noteSignIn } from '../../commands/noteSignIn.ts';
import { may } from '../../domain/access.ts';
import { readerOf } from '../../domain/accessFacts.ts';
import { accountOf } from '../../domain/user.ts';
import type { Reading } from '../../http/reading.ts';
import { conversationsOf, everybody } from '../django/conversationLists.ts';
import { listed } from '../django/listed.ts';
import { Listing, pagesOf } from '../django/listing.ts';
import { ok, route } from '../django/route.ts';
import { type Asked, addressesOf, own } from './asked.ts';
import { messages } from './texts.ts';
import { type GroupRef, isSuperuser, presentGroupRef, presentPerson, presentProfile } from './wire.ts';

/** Groups that are told of one person: those joined last. */
const GROUPS_SHOWN = 1000;
/** People who are read at once, each with all these groups. */
const PEOPLE = 5;

/** The groups of `userId` that who asks may know of: public ones, and their own; in the order of joining. */
const visibleGroupsOf = async ({ services: { queries }, user }: Asked, userId: string, reading: Reading) => {
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

const peopleWithGroups = (request: Asked) =>
  new Listing({ ...everybody(request.services.queries), limit: PEOPLE }, async (people, reading) => {
    const shown: object[] = [];
    for (const person of people) shown.push(presentPerson(person, await visibleGroupsOf(request, person.id, reading)));
    return shown;
  });

const saveUserData = route(
  '/cht/save-user-data/',
  {
    GET: async (request) => {
      const { externalId, lastLoginAt } = await own(request);
      if (externalId === null || lastLoginAt !== null) return ok({ message: messages.userUpdated });
      await request.perform(noteSignIn, undefined);
      return ok({ message: messages.userCreated });
    },
  },
  { hasHead: false },
);

const usersInfo = route(
  '/cht/api/users-info/',
  {
    GET: (request) => listed(request, { all_users: peopleWithGroups(request) }),
  },
  { hasHead: false },
);

const profile = route('/cht/api/user/profile/', {
  GET: async (request) => {
    const user = await own(request);
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
