import { describeConversation } from '../../src/commands/describeConversation.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

commandRules(describeConversation, {
  taken: async ({ group, person }) => {
    const ann = await person('ann');
    return [ann, { conversationId: await group(ann), description: 'At five.' }];
  },
  records: ['ConversationDescribed'],
  refused: {
    'a stranger does not learn that a private group is there': [
      'conversation-unknown',
      async ({ group, person }) => [
        await person('cleo'),
        { conversationId: await group(await person('ann')), name: 'Mine' },
      ],
    ],
    'a direct chat has no name': [
      'cannot-set-for-this-kind',
      async ({ core, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const { conversationId } = await startDirectChat(core, meta(ann), { userId: ben });
        return [ann, { conversationId, name: 'Ours' }];
      },
    ],
    'a member who is no owner does not rename a group': [
      'not-an-owner',
      async ({ group, person }) => {
        const ben = await person('ben');
        return [ben, { conversationId: await group(await person('ann'), { memberIds: [ben] }), name: 'Mine' }];
      },
    ],
    'a picture that is a stored file was stored by who sets it': [
      'file-unknown',
      async ({ group, person, stored }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        return [ann, { conversationId: await group(ann, { memberIds: [ben] }), picture: await stored(ben) }];
      },
    ],
  },
});
