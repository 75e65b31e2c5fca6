import { pinMessage } from '../../src/commands/pinMessage.ts';
import { refusedOf, said } from '../support/aMessage.ts';
import { commandRules } from '../support/commandRules.ts';

const { unseen, inactive, gone } = refusedOf({});

commandRules(pinMessage, {
  taken: async (world) => {
    const { ben, wish } = await said(world);
    return [ben, wish];
  },
  records: ['MessagePinned'],
  refused: { ...unseen, ...inactive, ...gone },
});
