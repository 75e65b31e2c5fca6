import { grantRole } from '../../src/commands/grantRole.ts';
import { revokeRole } from '../../src/commands/revokeRole.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const nobody = '00000000-0000-4000-8000-000000000009';
const role = 'staff' as const;

commandRules(revokeRole, {
  taken: async ({ core, person }) => {
    const [ann, ben] = [await person('ann'), await person('ben')];
    await grantRole(core, meta(), { userId: ann, role: 'admin' });
    await grantRole(core, meta(), { userId: ben, role });
    return [ann, { userId: ben, role }];
  },
  records: ['RoleRevoked'],
  refused: {
    'who is no admin appoints nobody': [
      'not-permitted',
      async ({ person }) => [await person('ann'), { userId: await person('ben'), role }],
    ],
    'a role belongs to somebody': ['user-unknown', async () => [null, { userId: nobody, role }]],
  },
});
