// Signing in and out.

import { z } from 'zod';
import { Session, Ticket, Tokens } from '../../api/answers.ts';
import { presentUser } from '../../api/presenters.ts';
import { ACCESS_LIFETIME } from '../../auth/accessTokens.ts';
import { TICKET_LIFETIME } from '../../auth/tickets.ts';
import { requiredText } from '../../commands/fields.ts';
import { refreshSession } from '../../commands/refreshSession.ts';
import { signIn } from '../../commands/signIn.ts';
import { signInWithKey } from '../../commands/signInWithKey.ts';
import { endOf, signOut } from '../../commands/signOut.ts';
import { verifyCredentials } from '../../commands/verifyCredentials.ts';
import { LIMITS } from '../../domain/limits.ts';
import { users } from '../../domain/user.ts';
import { commandRoute } from '../commandRoute.ts';
import { deviceOf } from '../device.ts';
import { inArea, route } from '../route.ts';

const SignIn = z.strictObject({
  login: z.string().min(1).max(320).describe('E-mail address, username or phone number.'),
  password: z.string().min(1).max(1024).describe('The password of the account.'),
  kind: z
    .enum(['tokens', 'key'])
    .default('tokens')
    .describe(
      '`tokens`: a short-lived access token and a refresh token. `key`: one that lasts until you sign out or it is too old.',
    ),
  device: requiredText(LIMITS.device)
    .optional()
    .describe('What signs in, for your list of sessions. Default: by User-Agent.'),
});

export const sessionRoutes = inArea('sessions', [
  route({
    name: 'signIn',
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Sign in',
    access: 'public',
    body: SignIn,
    example: { login: 'ann', password: 'correct horse' },
    refuses: ['account-suspended', 'credentials-wrong', 'command-key-reused', 'conflict'],
    answers: { 201: Session },
    handle: async ({ services: { core }, ctx, origin, body: { login, password, kind, device } }) => {
      const credentials = { name: login, password, by: ['email', 'username', 'phone'] } as const;
      if (kind === 'key') {
        // Check the password even for a retry, because the key may be a later one now.
        const account = await verifyCredentials(core, origin, credentials);
        const { key, position } = await signInWithKey(core, origin, account);
        return { position, body: { user: presentUser(account), key } };
      }
      const { userId, accessToken, refreshToken, position } = await signIn(core, origin, {
        ...credentials,
        device: device ?? deviceOf(ctx.req.headers['user-agent']),
      });
      const user = presentUser(await core.ledger.load(users, userId));
      return { position, body: { user, accessToken, expiresIn: ACCESS_LIFETIME, refreshToken } };
    },
  }),
  route({
    name: 'refreshSession',
    method: 'POST',
    path: '/v1/sessions/refresh',
    summary: 'Get new tokens for a refresh token',
    access: 'public',
    body: z.strictObject({ refreshToken: z.string().min(1).max(1000).describe('The newest one of the session.') }),
    example: { refreshToken: '…' },
    refuses: ['refresh-token-invalid', 'command-key-reused', 'conflict'],
    answers: { 200: Tokens },
    handle: async ({ services: { core }, origin, body }) => {
      const { accessToken, refreshToken, position } = await refreshSession(core, origin, body.refreshToken);
      return { position, body: { accessToken, expiresIn: ACCESS_LIFETIME, refreshToken } };
    },
  }),
  commandRoute({
    name: 'signOut',
    method: 'DELETE',
    path: '/v1/sessions/current',
    summary: 'Sign out',
    description: 'At once and everywhere: the session of the access token, the key, or the outside sign-on ends.',
    command: signOut,
    adds: { sessionId: (identity) => endOf(identity).sessionId, outsideAt: (identity) => endOf(identity).outsideAt },
    answers: { 204: null },
  }),
  route({
    name: 'createTicket',
    method: 'POST',
    path: '/v1/sessions/current/ticket',
    summary: 'Get a ticket for the address of a socket',
    access: 'user',
    scope: 'read',
    costs: { commands: 1 },
    answers: { 201: Ticket },
    handle: async ({ services: { core }, identity: { sessionId, keyHash, outsideAt, user }, userId }) => {
      const keyGeneration = keyHash === null ? undefined : user.keyGeneration;
      const subject = sessionId === null ? { userId, keyGeneration, outsideAt } : { userId, sessionId };
      const ticket = await core.tokens.ticket(subject, core.now());
      return { body: { ticket, expiresIn: TICKET_LIFETIME } };
    },
  }),
]);
