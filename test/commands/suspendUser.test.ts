import { describe } from 'vitest';
import { endSessionsOf } from '../../src/commands/endSessionsOf.ts';
import { grantRole } from '../../src/commands/grantRole.ts';
import { reinstateUser } from '../../src/commands/reinstateUser.ts';
import { suspendUser } from '../../src/commands/suspendUser.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const nobody = '00000000-0000-4000-8000-000000000009';

const adminAndUser = async ({ core, person }: World) => {
  const [ann, ben] = [await person('ann'), await person('ben')];
  await grantRole(core, meta(), { userId: ann, role: 'admin' });
  return { ann, ben };
};

const refused = {
  'only an admin does it': [
    'not-permitted',
    async ({ person }: World) => [await person('ann'), { userId: await person('ben') }],
  ],
  'it is done to somebody': ['user-unknown', async () => [null, { userId: nobody }]],
} as const satisfies Parameters<typeof commandRules<typeof suspendUser.input, object>>[1]['refused'];

describe('suspending an account', () => {
  commandRules(suspendUser, {
    taken: async (world) => {
      const { ann, ben } = await adminAndUser(world);
      return [ann, { userId: ben }];
    },
    records: ['UserSuspended'],
    refused,
  });
});

describe('reinstating an account', () => {
  commandRules(reinstateUser, {
    taken: async (world) => {
      const { ann, ben } = await adminAndUser(world);
      await suspendUser(world.core, meta(), { userId: ben });
      return [ann, { userId: ben }];
    },
    records: ['UserReinstated'],
    refused,
  });
});

describe('signing somebody out everywhere', () => {
  commandRules(endSessionsOf, {
    taken: async (world) => {
      const { ann, ben } = await adminAndUser(world);
      return [ann, { userId: ben }];
    },
    records: ['SessionsEnded'],
    // Somebody may have signed in since.
    again: ['SessionsEnded'],
    refused,
  });
});
