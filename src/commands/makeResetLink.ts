// Makes a link with which the owner of an account sets a new password, for an operator at the command line. Whoever has
// the link has the account, so it is recorded.

import type { Meta } from '../domain/events.ts';
import { streams } from '../domain/streams.ts';
import { isActive } from '../domain/user.ts';
import type { Core } from './core.ts';
import { tokenFor } from './mailedLinks.ts';
import { usersNamed } from './verifyCredentials.ts';

const security = { stream: streams.security };

/** Returns the token of the link. `name`: an e-mail address or a username. @throws Error in words for the operator */
export const makeResetLink = async (core: Core, meta: Meta, name: string): Promise<string> => {
  const [user] = await usersNamed(core, name, ['email', 'username']);
  if (user === undefined) throw new Error(`there is no account '${name}'`);
  if (!isActive(user)) throw new Error(`the account '${name}' is suspended: reinstate it first`);
  const { userId } = user;
  await core.messages.append(security, userId, meta, () => [{ type: 'ResetLinkMade', data: { userId } }]);
  return tokenFor(core, 'reset-password', user);
};
