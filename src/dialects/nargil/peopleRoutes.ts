// People: oneself, and everybody.

import { logIn } from '../../commands/logIn.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { UserDoc } from '../../projections/users.ts';
import { ok, route } from '../django/route.ts';
import { type Asked, addressesOf, membershipsOf, own } from './asked.ts';
import { everybody } from './groups.ts';
import { messages } from './texts.ts';
import { isSuperuser, presentPerson, presentProfile } from './wire.ts';

/** Of everybody, the groups that who asks may know of: public ones, and their own. */
const visibleGroupsOf = async (request: Asked, people: readonly UserDoc[]) => {
  const { queries } = request.services;
  const mine = new Set((await membershipsOf(request, 'group')).map(({ conversation }) => conversation.id));
  const groups = new Map<string, readonly ConversationDoc[]>();
  const groupsOfOne = async (userId: string) =>
    (await queries.conversationsOf(userId, { limit: GROUPS_SHOWN }, 'group'))
      .map(({ conversation }) => conversation)
      .filter((group) => group.public || mine.has(group.id));
  for (let i = 0; i < people.length; i += AT_ONCE)
    await Promise.all(people.slice(i, i + AT_ONCE).map(async ({ id }) => groups.set(id, await groupsOfOne(id))));
  return groups;
};

const AT_ONCE = 50;
const GROUPS_SHOWN = 1000;

const saveUserData = route(
  '/cht/save-user-data/',
  {
    GET: async (request) => {
      const { externalId, lastLoginAt } = await own(request);
      if (externalId === null || lastLoginAt !== null) return ok({ message: messages.userUpdated });
      await request.perform(logIn, undefined);
      return ok({ message: messages.userCreated });
    },
  },
  { hasHead: false },
);

const usersInfo = route(
  '/cht/api/users-info/',
  {
    GET: async (request) => {
      const { queries } = request.services;
      const people = await everybody(queries);
      const groups = await visibleGroupsOf(request, people);
      return ok({ all_users: people.map((user) => presentPerson(user, groups.get(user.id) ?? [])) });
    },
  },
  { hasHead: false },
);

const profile = route('/cht/api/user/profile/', {
  GET: async (request) => {
    const user = await own(request);
    const at = addressesOf(request);
    if (!request.query('get-all') || !isSuperuser(user))
      return ok({ message: messages.profileFound, data: presentProfile(user, at) });
    const people = await everybody(request.services.queries);
    return ok({ message: messages.profilesFound, data: people.map((one) => presentProfile(one, at)) });
  },
});

export const peopleRoutes = [saveUserData, usersInfo, profile];
