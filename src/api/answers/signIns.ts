// Sign-ins, the devices and bots that are signed in, and invitations.

import { z } from 'zod';
import { scopes } from '../../domain/events.ts';
import { at, count, flag, id, text } from '../answerFields.ts';
import { Profile } from './people.ts';

const tokens = {
  accessToken: text('For `Authorization: Bearer`.', 'eyJhbGciOiJIUzI1NiJ9…'),
  expiresIn: count('Seconds that a fresh access token is good for.', 900),
  refreshToken: text('Good once: a refresh gives the next one. An old one, used again, ends the session.', 'rNc1…'),
};
export const TokenSession = z.strictObject({ user: Profile, ...tokens }).describe('A session with its tokens.');
export const Tokens = z.strictObject(tokens).describe('The next tokens of a session.');
export const KeySession = z
  .strictObject({
    user: Profile,
    key: text(
      'For `Authorization: Token`. 40 hexadecimal digits, the same at every sign-in until a log-out.',
      '0123456789abcdef0123456789abcdef01234567',
    ),
  })
  .describe('A sign-in with a key.');
export const Session = z.union([TokenSession, KeySession]).describe('What a sign-in gives, by the `kind` asked for.');
export const Ticket = z
  .strictObject({
    ticket: text('For `GET /v1/socket?ticket=…`, good once.', 'tkt1…'),
    expiresIn: count('Seconds.', 30),
  })
  .describe('Opens one socket.');

export const OpenSession = z
  .strictObject({
    id: id('Of the session.'),
    device: text('What signed in; null: nothing is known of it.', 'Firefox on Linux').nullable(),
    openedAt: at('When somebody signed in.'),
    lastUsedAt: at('When its tokens were last refreshed: in use, every 15 minutes.'),
    current: flag('It sent this request.'),
  })
  .describe('A device that is signed in.');
export const BotToken = z
  .strictObject({
    id: id('Of the token.'),
    name: text('As you named it.', 'weather'),
    scopes: z.array(z.enum(scopes)).describe('What the bot may do.'),
    createdAt: at('When you made it.'),
  })
  .describe('What is known of the token of a bot, without the token.');
export const NewBotToken = BotToken.extend({
  token: text(
    'For `Authorization: Bearer`. Shown only now. It lasts until you revoke it or sign out everywhere.',
    'bot1…',
  ),
}).describe('A new token of a bot.');
export const Invitation = z
  .strictObject({
    id: id('Of the invitation.'),
    invitation: text('The code to register with.', 'inv1…'),
    uses: count('Accounts that may register by it.', 5),
    endsAt: at('Nobody can register by it any more.'),
  })
  .describe('Lets people register.');
