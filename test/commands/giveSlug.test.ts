import { createGroup } from '../../src/commands/createGroup.ts';
import { giveSlug } from '../../src/commands/giveSlug.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

commandRules(giveSlug, {
  taken: async ({ group, person }) => {
    const ann = await person('ann');
    const conversationId = await group(ann);
    return [ann, { conversationId, slug: conversationId }];
  },
  records: ['NameClaimed', 'SlugGiven'],
  refused: {
    'a slug belongs to one conversation': [
      'slug-taken',
      async ({ core, group, person }) => {
        const ann = await person('ann');
        await createGroup(core, meta(ann), { name: 'First', slug: 'tea' });
        return [ann, { conversationId: await group(ann), slug: 'tea' }];
      },
    ],
    'a stranger does not learn that a private group is there': [
      'conversation-unknown',
      async ({ group, person }) => [
        await person('cleo'),
        { conversationId: await group(await person('ann')), slug: 'hers' },
      ],
    ],
    'who only reads a public group names it for nobody': [
      'not-a-member',
      async ({ group, person }) => [
        await person('cleo'),
        { conversationId: await group(await person('ann'), { public: true }), slug: 'hers' },
      ],
    ],
  },
});
