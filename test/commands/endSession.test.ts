import { describe } from 'vitest';
import { endOtherSessions } from '../../src/commands/endOtherSessions.ts';
import { endSession } from '../../src/commands/endSession.ts';
import { makeToken } from '../../src/commands/makeToken.ts';
import { revokeToken } from '../../src/commands/revokeToken.ts';
import { signInAs } from '../../src/commands/signIn.ts';
import { users } from '../../src/domain/user.ts';
import { commandRules, longAgo, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const sessionOf = async ({ core }: World, userId: string): Promise<string> =>
  (await signInAs(core, meta(), await core.ledger.load(users, userId))).sessionId;
const weather = { name: 'weather', scopes: ['read' as const] };
const tokenOf = async ({ core }: World, userId: string): Promise<string> =>
  (await makeToken(core, { ...meta(userId), signedInAt: new Date() }, weather)).tokenId;

describe('ending a session', () => {
  commandRules(endSession, {
    taken: async (world) => {
      const ann = await world.person('ann');
      return [ann, { sessionId: await sessionOf(world, ann) }];
    },
    records: ['SessionClosed'],
    refused: {
      'nobody ends a session of somebody else': [
        'session-unknown',
        async (world) => {
          const [ann, ben] = [await world.person('ann'), await world.person('ben')];
          return [ben, { sessionId: await sessionOf(world, ann) }];
        },
      ],
    },
  });
});

describe('ending all others', () => {
  commandRules(
    endOtherSessions,
    {
      taken: async (world) => {
        const ann = await world.person('ann');
        return [ann, { sessionId: await sessionOf(world, ann), byKey: false, outsideAt: null }];
      },
      records: ['SessionsEnded'],
      // Somebody may have signed in since.
      again: ['SessionsEnded'],
      refused: {},
    },
    ['user-unknown'],
  );
});

describe('making the token of a bot', () => {
  commandRules(
    makeToken,
    {
      taken: async ({ person }) => [await person('ann'), weather],
      records: ['SessionOpened'],
      // Two tokens may have one name.
      again: ['SessionOpened'],
      refused: {
        'who signed in long ago says the password': [
          'confirmation-required',
          async ({ person }) => [await person('ann'), weather, longAgo()],
        ],
        'a wrong password makes no token, however fresh the sign-in': [
          'confirmation-wrong',
          async ({ person }) => [await person('ann'), { ...weather, current: 'guessed' }],
        ],
      },
    },
    ['user-unknown'],
  );
});

describe('revoking the token of a bot', () => {
  commandRules(revokeToken, {
    taken: async (world) => {
      const ann = await world.person('ann');
      return [ann, { tokenId: await tokenOf(world, ann) }];
    },
    records: ['SessionClosed'],
    refused: {
      'nobody revokes a token of somebody else': [
        'token-unknown',
        async (world) => {
          const [ann, ben] = [await world.person('ann'), await world.person('ben')];
          return [ben, { tokenId: await tokenOf(world, ann) }];
        },
      ],
    },
  });
});
