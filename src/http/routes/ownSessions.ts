// Where you are signed in, and the tokens of your bots.

import { z } from 'zod';
import { NewBotToken } from '../../api/answers.ts';
import { BotTokenPage, OpenSessionPage } from '../../api/pages.ts';
import { presentSession, presentToken } from '../../api/presenters.ts';
import { clockOf } from '../../commands/core.ts';
import { endOtherSessions } from '../../commands/endOtherSessions.ts';
import { endSession } from '../../commands/endSession.ts';
import { makeToken } from '../../commands/makeToken.ts';
import { revokeToken } from '../../commands/revokeToken.ts';
import { isCurrent, sessions } from '../../domain/session.ts';
import type { SessionDoc } from '../../projections/sessions.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, newestFirstPage, page } from '../cursors.ts';
import { inArea, route } from '../route.ts';

const Pages = z.strictObject({ after: cursor, limit });

export const ownSessionRoutes = inArea('sessions', [
  route({
    name: 'listSessions',
    method: 'GET',
    path: '/v1/me/sessions',
    summary: 'See where you are signed in',
    description: 'The session used last comes first. The key has no session: `hasKey` tells whether there is one.',
    access: 'user',
    scope: null,
    query: Pages,
    answers: { 200: OpenSessionPage },
    hasPast: false,
    handle: async ({ services: { core, queries }, identity: { user, sessionId }, query }) => {
      const clock = clockOf(core);
      const found = await queries.devicesOf(user, clock, newestFirstPage(query));
      const present = (session: SessionDoc) =>
        isCurrent(session, clock) ? presentSession(session, sessionId) : undefined;
      const shown = page(found, ({ usedAt }) => usedAt, present);
      return { body: { ...shown, hasKey: user.keyHash !== null } };
    },
  }),
  commandRoute({
    name: 'endOtherSessions',
    method: 'DELETE',
    path: '/v1/me/sessions',
    summary: 'Sign out everywhere else',
    description:
      'Every other session ends, and so do the key and the tokens of your bots, unless one of them sends this.',
    command: endOtherSessions,
    adds: {
      sessionId: ({ sessionId }) => sessionId,
      byKey: ({ keyHash }) => keyHash !== null,
      outsideAt: ({ outsideAt = null }) => outsideAt,
    },
    answers: { 204: null },
  }),
  commandRoute({
    name: 'endSession',
    method: 'DELETE',
    path: '/v1/me/sessions/:sessionId',
    summary: 'End one of your sessions',
    command: endSession,
    answers: { 204: null },
  }),
  commandRoute({
    name: 'createToken',
    method: 'POST',
    path: '/v1/me/tokens',
    summary: 'Make a token for a bot',
    description:
      'It acts for you, within its scopes. `read`: see what you see, also over a socket. `write`: send and edit messages, react to ' +
      'them, bookmark them and mark them as read, follow threads, begin direct chats. `files`: upload. `manage`: make, join, ' +
      'leave and change groups and rooms, with their members; pin, remove and restore messages. `audit`: read the log, if you ' +
      'may. No token changes accounts, signs in or makes tokens.',
    command: makeToken,
    example: { name: 'weather', scopes: ['read', 'write'], current: 'correct horse' },
    answers: { 201: NewBotToken },
    present: async ({ tokenId }, { services: { core } }) => {
      const { bot, openedAt } = await core.ledger.load(sessions, tokenId);
      return {
        id: tokenId,
        name: bot?.name,
        scopes: bot?.scopes,
        createdAt: openedAt,
        token: core.tokens.bot(tokenId),
      };
    },
  }),
  route({
    name: 'listTokens',
    method: 'GET',
    path: '/v1/me/tokens',
    summary: 'See the tokens of your bots',
    description: 'The newest first.',
    access: 'user',
    scope: null,
    query: Pages,
    answers: { 200: BotTokenPage },
    hasPast: false,
    handle: async ({ services: { queries }, identity: { user }, query }) => {
      const found = await queries.tokensOf(user, newestFirstPage(query));
      return { body: page(found, ({ usedAt }) => usedAt, presentToken) };
    },
  }),
  commandRoute({
    name: 'revokeToken',
    method: 'DELETE',
    path: '/v1/me/tokens/:tokenId',
    summary: 'Revoke the token of a bot',
    command: revokeToken,
    answers: { 204: null },
  }),
]);
