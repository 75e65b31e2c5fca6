// Makes the token of a bot, which acts for its user within its scopes. The token is derived from the id of its session.
// It needs a confirmation: a thief with an access token of 15 minutes must not make a token that lasts.

import { z } from 'zod';
import { scopes } from '../domain/events.ts';
import { LIMITS } from '../domain/limits.ts';
import { openSession, sessions } from '../domain/session.ts';
import { command, wanted } from './command.ts';
import { confirm } from './confirm.ts';
import { currentPassword, requiredText } from './fields.ts';

export const makeToken = command({
  input: z.strictObject({
    name: requiredText(LIMITS.tokenName).describe('For your list of tokens.'),
    scopes: z
      .array(z.enum(scopes))
      .min(1)
      .max(scopes.length)
      .refine((chosen) => new Set(chosen).size === chosen.length, 'A scope twice.')
      .meta({ uniqueItems: true, description: 'What the bot may do.' }),
    current: currentPassword,
  }),
  refuses: ['confirmation-required', 'confirmation-wrong', 'user-unknown'],
  target: (_, { actorId }) => wanted(sessions, 'token', actorId),
  makes: (tokenId) => ({ tokenId }),
  carryOut: async (core, meta, { current, ...bot }, { tokenId, actor, origin }) => {
    // The token of an earlier epoch is over: a password that is set after this line ends it.
    const owner = (await confirm(core, origin, actor, current))(actor);
    return core.ledger.transact(sessions, tokenId, meta, (session) => openSession(session, tokenId, owner, { bot }));
  },
});
