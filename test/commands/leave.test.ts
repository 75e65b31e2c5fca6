import { leave } from '../../src/commands/leave.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

commandRules(leave, {
  taken: async ({ group, person }) => {
    const ben = await person('ben');
    return [ben, { conversationId: await group(await person('ann'), { public: true, memberIds: [ben] }) }];
  },
  records: ['MemberLeft'],
  refused: {
    'who is not in a private group does not learn that it is there': [
      'conversation-unknown',
      async ({ group, person }) => [await person('ben'), { conversationId: await group(await person('ann')) }],
    ],
    'nobody leaves a direct chat': [
      'cannot-leave-this-kind',
      async ({ core, person }) => {
        const ann = await person('ann');
        const { conversationId } = await startDirectChat(core, meta(ann), { userId: await person('ben') });
        return [ann, { conversationId }];
      },
    ],
  },
});
