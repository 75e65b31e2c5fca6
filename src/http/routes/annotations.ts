// What people do with messages: reacting, pinning, bookmarking.

import { z } from 'zod';
import { REACTION_PATH } from '../../api/idempotency.ts';
import { BookmarkPage, PinPage, ReactionPage } from '../../api/pages.ts';
import { addReaction } from '../../commands/addReaction.ts';
import { bookmarkMessage } from '../../commands/bookmarkMessage.ts';
import { emoji, ids } from '../../commands/fields.ts';
import { messageFields } from '../../commands/messageWish.ts';
import { pinMessage } from '../../commands/pinMessage.ts';
import { removeBookmark } from '../../commands/removeBookmark.ts';
import { takeBackReaction } from '../../commands/takeBackReaction.ts';
import { unpinMessage } from '../../commands/unpinMessage.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, newestFirstPage, numberedPage } from '../cursors.ts';
import { readingOf } from '../readingOf.ts';
import { inArea, route } from '../route.ts';
import { bookmarksFor, pinsFor, reactionsFor } from '../showAnnotations.ts';
import { mustBeReadable } from '../showMessages.ts';

const MESSAGE = '/v1/conversations/:conversationId/messages/:messageId';

export const annotationRoutes = inArea('messages', [
  commandRoute({
    name: 'addReaction',
    method: 'PUT',
    path: REACTION_PATH,
    summary: 'React to a message',
    description:
      'With one emoji of Unicode, URL-encoded. Each person reacts once with an emoji; a message has 50 different emoji at most, and ' +
      '100 with those that were taken back.',
    command: addReaction,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'takeBackReaction',
    method: 'DELETE',
    path: REACTION_PATH,
    summary: 'Take your reaction back',
    command: takeBackReaction,
    answers: { 204: null },
  }),
  route({
    name: 'listReactions',
    method: 'GET',
    path: `${MESSAGE}/reactions`,
    summary: 'See who reacted with an emoji',
    description: 'In the order in which they reacted. Of a message that was removed or erased: nobody.',
    access: 'user',
    params: z.object(messageFields),
    query: z.strictObject({ emoji, after: cursor, limit }),
    refuses: ['conversation-unknown', 'message-unknown', 'emoji-unknown'],
    answers: { 200: ReactionPage },
    handle: async ({ services: { queries }, userId, params, query: { emoji: wanted, ...range } }) => {
      const conversation = await mustBeReadable(queries, params.conversationId, userId);
      return { body: await reactionsFor(queries, conversation, params.messageId, wanted, numberedPage(range)) };
    },
  }),
  commandRoute({
    name: 'pinMessage',
    method: 'PUT',
    path: `${MESSAGE}/pin`,
    summary: 'Pin a message',
    description: 'The policy of the conversation says whether members may, or moderators alone.',
    command: pinMessage,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'unpinMessage',
    method: 'DELETE',
    path: `${MESSAGE}/pin`,
    summary: 'Unpin a message',
    description: 'Whoever pinned it.',
    command: unpinMessage,
    answers: { 204: null },
  }),
  route({
    name: 'listPins',
    method: 'GET',
    path: '/v1/conversations/:conversationId/pins',
    summary: 'See the pinned messages',
    description: 'The one that was pinned last comes first. A message that is removed is pinned no longer.',
    access: 'user',
    params: z.object({ conversationId: ids.conversation }),
    query: z.strictObject({ after: cursor, limit }),
    refuses: ['conversation-unknown'],
    answers: { 200: PinPage },
    handle: async ({ services, ctx, userId, params: { conversationId }, query }) => {
      const { queries } = services;
      const conversation = await mustBeReadable(queries, conversationId, userId);
      const asked = { queries, reading: readingOf(services, ctx), userId };
      return { body: await pinsFor(asked, conversation, newestFirstPage(query)) };
    },
  }),
  commandRoute({
    name: 'bookmarkMessage',
    method: 'PUT',
    path: `${MESSAGE}/bookmark`,
    summary: 'Bookmark a message',
    description: 'For yourself: nobody else sees it. You may have 10,000 bookmarks.',
    command: bookmarkMessage,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'removeBookmark',
    method: 'DELETE',
    path: `${MESSAGE}/bookmark`,
    summary: 'Remove a bookmark',
    description: 'Also of a message that you may no longer read.',
    command: removeBookmark,
    answers: { 204: null },
  }),
  route({
    name: 'listBookmarks',
    method: 'GET',
    path: '/v1/me/bookmarks',
    summary: 'See your bookmarks',
    description:
      'The newest first, with the messages as you may read them now: null where you may not, and of a removed one its place.',
    access: 'user',
    query: z.strictObject({ after: cursor, limit }),
    answers: { 200: BookmarkPage },
    handle: async ({ services: { queries }, userId, query }) => ({
      body: await bookmarksFor(queries, userId, newestFirstPage(query)),
    }),
  }),
]);
