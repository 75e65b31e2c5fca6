import { addReaction } from '../../src/commands/addReaction.ts';
import { takeBackReaction } from '../../src/commands/takeBackReaction.ts';
import { refusedOf, said } from '../support/aMessage.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const emoji = '👍';
const { unseen, inactive, gone } = refusedOf({ emoji });

commandRules(takeBackReaction, {
  taken: async (world) => {
    const { ben, wish } = await said(world);
    await addReaction(world.core, meta(ben), { ...wish, emoji });
    return [ben, { ...wish, emoji }];
  },
  records: ['ReactionTakenBack'],
  refused: {
    ...unseen,
    ...inactive,
    ...gone,
    'a word is no emoji': [
      'emoji-unknown',
      async (world) => {
        const { ben, wish } = await said(world);
        return [ben, { ...wish, emoji: 'yes' }];
      },
    ],
  },
});
