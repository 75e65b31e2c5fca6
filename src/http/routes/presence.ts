// Who is there, and what people say of the present. None of it is recorded.

import { z } from 'zod';
import { malformed } from '../../api/failures.ts';
import { PresenceList, PresentMembers } from '../../api/pages.ts';
import { emoji, id, ids, oneLine, requiredText } from '../../commands/fields.ts';
import { emojiOf } from '../../domain/emoji.ts';
import { Refused } from '../../domain/refused.ts';
import { presentIn } from '../../presence/presentIn.ts';
import { acquaintedAmong } from '../acquaintedAmong.ts';
import { readingOf } from '../readingOf.ts';
import { inArea, route } from '../route.ts';

/** Users of one request. */
const MOST_ASKED = 100;
/** Members of one answer. */
const MOST_PRESENT = 1000;
/** Characters of a status. */
const MAX_STATUS = 100;

const users = z
  .string()
  .max(MOST_ASKED * 37)
  .transform((list) => list.split(','))
  .pipe(z.array(id).min(1).max(MOST_ASKED))
  .meta({ type: 'string', description: `Ids of up to ${MOST_ASKED} users, with commas between.` });

export const presenceRoutes = inArea('accounts', [
  route({
    name: 'getPresence',
    method: 'GET',
    path: '/v1/presence',
    summary: 'See who of some users is there',
    description:
      'Of those who are in a group or a direct chat with you; the others are left out. The socket tells you of changes by ' +
      '`presence`, but of nobody whom you share only conversations of more than 200 members with.',
    access: 'user',
    hasPast: false,
    query: z.strictObject({ users }),
    answers: { 200: PresenceList },
    handle: async ({ services, ctx, userId, query }) => {
      const { queries, presence } = services;
      // Each of them may be in hundreds of groups: others have their turns meanwhile.
      const asked = { queries, reading: readingOf(services, ctx) };
      const found = await acquaintedAmong(asked, userId, new Set(query.users));
      return { body: { items: found.map((userId) => ({ userId, ...presence.of(userId) })) } };
    },
  }),
  route({
    name: 'listPresent',
    method: 'GET',
    path: '/v1/conversations/:conversationId/presence',
    summary: 'See who of a conversation is there',
    description: `Members who are not offline: ${MOST_PRESENT} at most, of the first 5,000. For members.`,
    access: 'user',
    hasPast: false,
    params: z.object({ conversationId: ids.conversation }),
    refuses: ['conversation-unknown', 'not-a-member'],
    answers: { 200: PresentMembers },
    handle: async ({ services, ctx, userId, params: { conversationId } }) => {
      const { queries, presence } = services;
      const reading = readingOf(services, ctx);
      if (!(await queries.readable(conversationId, userId))) throw new Refused('conversation-unknown');
      if (!(await queries.membership(conversationId, userId))) throw new Refused('not-a-member');
      const members: typeof queries.members = (...asked) => reading.page(() => queries.members(...asked));
      const found = await presentIn(presence, members, conversationId, MOST_PRESENT);
      const items = found.userIds.map((userId) => ({ userId, ...presence.of(userId) }));
      return { body: { items, more: found.more } };
    },
  }),
  route({
    name: 'setStatus',
    method: 'PUT',
    path: '/v1/me/status',
    summary: 'Say something of the present',
    description:
      'Shown with your presence, also while you are offline. It is kept in memory alone: a server that stands alone forgets it ' +
      'when it is restarted.',
    access: 'user',
    scope: 'write',
    costs: { commands: 1 },
    body: z.strictObject({
      text: oneLine(requiredText(MAX_STATUS)).describe('What to show.'),
      emoji: emoji.nullable().default(null),
      endsAt: z.iso
        .datetime()
        .max(40)
        .nullable()
        .default(null)
        .describe('When it is over. Null: when you take it back.'),
    }),
    example: { text: 'In a meeting', emoji: '📅' },
    refuses: ['emoji-unknown'],
    answers: { 204: null },
    handle: async ({ services: { presence, core }, userId, body }) => {
      if (body.endsAt !== null && Date.parse(body.endsAt) <= core.now().getTime())
        throw malformed('endsAt', 'Is over already.');
      const spelled = body.emoji === null ? null : emojiOf(body.emoji);
      if (spelled === undefined) throw new Refused('emoji-unknown', 'emoji');
      presence.setStatus(userId, { ...body, emoji: spelled });
      return { status: 204 };
    },
  }),
  route({
    name: 'takeStatusBack',
    method: 'DELETE',
    path: '/v1/me/status',
    summary: 'Take your status back',
    access: 'user',
    scope: 'write',
    costs: { commands: 1 },
    answers: { 204: null },
    handle: async ({ services: { presence }, userId }) => {
      presence.setStatus(userId, null);
      return { status: 204 };
    },
  }),
]);
