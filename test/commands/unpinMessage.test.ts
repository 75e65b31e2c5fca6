import { pinMessage } from '../../src/commands/pinMessage.ts';
import { unpinMessage } from '../../src/commands/unpinMessage.ts';
import { refusedOf, said } from '../support/aMessage.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const { unseen, inactive } = refusedOf({});

commandRules(unpinMessage, {
  taken: async (world) => {
    const { ann, ben, wish } = await said(world);
    await pinMessage(world.core, meta(ann), wish);
    return [ben, wish];
  },
  records: ['MessageUnpinned'],
  refused: { ...unseen, ...inactive },
});
