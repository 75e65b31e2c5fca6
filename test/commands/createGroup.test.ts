import { createGroup } from '../../src/commands/createGroup.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const nobody = '00000000-0000-4000-8000-000000000009';

commandRules(createGroup, {
  taken: async ({ person }) => [await person('ann'), { name: 'Tea', memberIds: [await person('ben')] }],
  records: ['GroupCreated', 'MemberAdded'],
  // Without a key it is another group of the same name.
  again: ['GroupCreated', 'MemberAdded'],
  refused: {
    'a member must have an account': [
      'user-unknown',
      async ({ person }) => [await person('ann'), { name: 'Tea', memberIds: [nobody] }],
    ],
    'a slug belongs to one conversation, however it is spelled': [
      'slug-taken',
      async ({ core, person }) => {
        const ann = await person('ann');
        await createGroup(core, meta(ann), { name: 'First', slug: 'tea' });
        return [ann, { name: 'Second', slug: 'TEA' }];
      },
    ],
    'a name that another group has alone is not taken again': [
      'group-name-taken',
      async ({ core, person }) => {
        const ann = await person('ann');
        await createGroup(core, meta(ann), { name: 'Alone', uniqueName: true });
        return [ann, { name: 'alone', uniqueName: true }];
      },
    ],
    'a picture that is a stored file was stored by who sets it': [
      'file-unknown',
      async ({ person, stored }) => [await person('ann'), { name: 'Tea', picture: await stored(await person('ben')) }],
    ],
  },
});
