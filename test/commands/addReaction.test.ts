import { addReaction } from '../../src/commands/addReaction.ts';
import { MOST_EMOJI } from '../../src/domain/reacting.ts';
import { refusedOf, said } from '../support/aMessage.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const { unseen, inactive, gone } = refusedOf({ emoji: '👍' });

commandRules(addReaction, {
  taken: async (world) => {
    const { ben, wish } = await said(world);
    return [ben, { ...wish, emoji: '👍' }];
  },
  records: ['ReactionAdded'],
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
    'a message has so many different emoji, and no more': [
      'too-many-reactions',
      async (world) => {
        const { ben, wish } = await said(world);
        for (let i = 0; i < MOST_EMOJI.atOnce; i++)
          await addReaction(world.core, meta(ben), { ...wish, emoji: String.fromCodePoint(0x1f600 + i) });
        return [ben, { ...wish, emoji: '👍' }];
      },
    ],
  },
});
