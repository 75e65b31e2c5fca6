import { markRead } from '../../src/commands/markRead.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

commandRules(markRead, {
  taken: async ({ core, group, person }) => {
    const ann = await person('ann');
    const conversationId = await group(ann);
    await sendMessage(core, meta(ann), { conversationId, text: 'one' });
    return [ann, { conversationId, upTo: 1 }];
  },
  records: ['MessagesRead'],
  refused: {
    'a stranger does not learn that a private group is there': [
      'conversation-unknown',
      async ({ group, person }) => [
        await person('cleo'),
        { conversationId: await group(await person('ann')), upTo: 1 },
      ],
    ],
  },
});
