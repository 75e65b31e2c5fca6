// What a client needs when it starts.

import { z } from 'zod';
import { Everything } from '../../api/pages.ts';
import { digits } from '../cursors.ts';
import { readingOf } from '../readingOf.ts';
import { inArea, route } from '../route.ts';
import { everything } from '../showEverything.ts';

export const syncRoutes = inArea('conversations', [
  route({
    name: 'getEverything',
    method: 'GET',
    path: '/v1/sync',
    summary: 'Get all that a client shows when it starts',
    description:
      'Your account, your conversations with the latest message first, and whom they name, all as of `position`. Subscribe on the ' +
      'socket with it as `after`: you miss nothing and receive nothing twice. What else you show at first, read with it as ' +
      '`asOf`, so that all of it meets at one position: further conversations ' +
      '(`GET /v1/conversations?order=activity` with `conversations.next` as `after`), messages ' +
      '(`GET /v1/conversations/{conversationId}/messages`), members (`GET /v1/conversations/{conversationId}/members`), pins ' +
      '(`GET /v1/conversations/{conversationId}/pins`), the threads you follow (`GET /v1/me/threads`) and your bookmarks ' +
      '(`GET /v1/me/bookmarks`).',
    access: 'user',
    query: z.strictObject({
      conversations: digits(100)
        .pipe(z.int().min(1))
        .optional()
        .transform((wanted) => wanted ?? 50)
        .meta({ type: 'integer', minimum: 1, maximum: 100, default: 50, description: 'Conversations at most.' }),
    }),
    refuses: ['user-unknown'],
    answers: { 200: Everything },
    handle: async ({ services, ctx, userId, query: { conversations: limit } }) => {
      const at = ctx.query.asOf === undefined ? undefined : ctx.state.position;
      const body = await everything(services, { userId, limit, reading: readingOf(services, ctx) }, at);
      ctx.state.position = body.position;
      return { body };
    },
  }),
]);
