// Links by mail: which one an account gets, and what it depends on.

import { z } from 'zod';
import { LINK_LIMIT, type LinkPurpose, type LinkState } from '../auth/links.ts';
import { Refused } from '../domain/refused.ts';
import { isActive, type User, users } from '../domain/user.ts';
import { resetLetter, verificationLetter } from '../mail/letters.ts';
import type { Letter, Mail } from '../mail/mail.ts';
import { existing } from './command.ts';
import { type Origin, whoOf } from './context.ts';
import type { Core } from './core.ts';
import type { Target } from './declaration.ts';
import { type Credentials, nameless, usersNamed } from './verifyCredentials.ts';

export const linkToken = z
  .string()
  .min(1)
  .max(LINK_LIMIT)
  .describe('What stands behind `#` in the address of the link.');

/** What ends a link early. Setting a password and changing the address do. */
const stateOf: Readonly<Record<LinkPurpose, (user: User) => LinkState>> = {
  'verify-email': ({ names }) => [names.email],
  'reset-password': ({ names, epoch }) => [names.email, epoch],
};

export const tokenFor = ({ links }: Pick<Core, 'links'>, purpose: LinkPurpose, user: User): string =>
  links.token(purpose, user.userId, stateOf[purpose](user));

/** The account that the token says it is for. @throws Refused `link-invalid` */
export const linkTarget = ({ links }: Core, token: string): Target => {
  const userId = links.userIdIn(token);
  if (userId === undefined) throw new Refused('link-invalid', 'token');
  return existing(users, userId);
};

/** @throws Refused `link-invalid` for a token that this server did not make, or that has ended */
export const checkLink = ({ links }: Core, purpose: LinkPurpose, token: string, user: User): void => {
  const isGood = isActive(user) && links.isGood(purpose, token, stateOf[purpose](user));
  if (!isGood) throw new Refused('link-invalid', 'token');
};

/** Mails the account a link that verifies its address. @throws Refused `email-missing`; TooManyRequests; Busy */
export const mailVerification = (core: Core, mail: Mail, origin: Origin, user: User): void => {
  core.limits.count({ mails: 1, 'mail-requests': 1 }, { address: origin.address, actorId: user.userId });
  const { email } = user.names;
  if (email === null) throw new Refused('email-missing');
  if (user.verifiedEmail !== null) return;
  core.security.note('verification-asked', { ...whoOf(origin), userId: user.userId });
  const link = mail.link('verify-email', tokenFor(core, 'verify-email', user));
  mail.post('verification', async () => [verificationLetter(email, link)]);
};

/**
 * Mails every account of this name a link to set a new password, unless it is suspended, or has no address or no password. The look-up comes after the answer, whose time tells nothing: so the name is counted, whoever
 * has it.
 * @throws TooManyRequests; Busy
 */
export const mailReset = (core: Core, mail: Mail, origin: Origin, name: string, by: Credentials['by']): void => {
  core.limits.count({ mails: 1, 'mail-requests': 1 }, { address: origin.address, actorId: nameless(core, name) });
  const letterTo = (user: User | undefined): Letter | undefined => {
    core.security.note('password-reset-asked', { ...whoOf(origin), userId: user?.userId });
    if (!user || !isActive(user) || user.names.email === null || user.passwordHash === null) return undefined;
    return resetLetter(user.names.email, mail.link('reset-password', tokenFor(core, 'reset-password', user)));
  };
  // At one place in the queue: letters that were queued one by one could find it full.
  mail.post('reset', async () => {
    const found = await usersNamed(core, name, by);
    const asked = found.length > 0 ? found : [undefined];
    return asked.flatMap((user) => letterTo(user) ?? []);
  });
};
