// Django-Chat-Server: making, joining and leaving groups.

import { createGroup } from '../../commands/createGroup.ts';
import { join } from '../../commands/join.ts';
import { leave } from '../../commands/leave.ts';
import { conversationAsMade } from '../../http/showConversations.ts';
import type { UserDoc } from '../../projections/users.ts';
import { fieldError, noMatch } from '../django/apiErrors.ts';
import { rawField } from '../django/body.ts';
import { invalidPk } from '../django/fields.ts';
import type { UserRequest } from '../django/request.ts';
import { type Answer, created, ok, route } from '../django/route.ts';
import { asPerson, groupNumbered, userNumbered } from '../shared/find.ts';
import { newGroup, presentGroup } from './wire.ts';

const create = async (request: UserRequest): Promise<Answer> => {
  const { queries } = request.services;
  const found = new Map<number, UserDoc>();
  const known = async (numbers: readonly number[]): Promise<readonly string[]> => {
    const people = await Promise.all([...new Set(numbers)].map((number) => userNumbered(queries, number)));
    for (const person of people) if (person) found.set(person.number, person);
    return numbers.filter((number) => !found.has(number)).map(invalidPk);
  };
  if (rawField(await request.body(), 'name') == null) throw fieldError('name', 'This field is required.');
  const { name } = await request.validate(newGroup, { members: known });
  const { conversationId } = await request.perform(createGroup, {
    name,
    // Any user may join a group by its id.
    public: true,
    memberIds: [...found.values()].map(({ id }) => id),
    uniqueName: true,
  });
  const { conversation, addedIds } = await conversationAsMade(request.services, 'GroupCreated', conversationId);
  const people = new Map([...found.values()].map((person) => [person.id, person]));
  const added = addedIds.flatMap((id) => people.get(id) ?? []);
  return created(presentGroup(conversation, [asPerson(request.user), ...added]));
};

/** The group in the path. Missing and hidden are the same. */
const groupIn = async ({ services, user, params }: UserRequest<{ readonly id: number }>) => {
  const found = await groupNumbered(services.queries, params.id, user.userId);
  if (!found || found.kind === 'desk') throw noMatch('Group');
  return { conversationId: found.id };
};

export const groupRoutes = [
  route('/api/groups/create/', { POST: create }),
  route('/api/groups/<int:id>/join/', {
    POST: async (request) => {
      await request.perform(join, await groupIn(request));
      return ok({ message: 'Joined the group successfully.' });
    },
  }),
  route('/api/groups/<int:id>/leave/', {
    POST: async (request) => {
      await request.perform(leave, await groupIn(request));
      return ok({ message: 'Left the group successfully.' });
    },
  }),
];
