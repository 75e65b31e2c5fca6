import { giveRole } from '../../src/commands/giveRole.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const role = 'moderator' as const;

commandRules(giveRole, {
  taken: async ({ group, person }) => {
    const [ann, ben] = [await person('ann'), await person('ben')];
    return [ann, { conversationId: await group(ann, { memberIds: [ben] }), userId: ben, role }];
  },
  records: ['RoleGiven'],
  refused: {
    'a stranger does not learn that a private group is there': [
      'conversation-unknown',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [await person('cleo'), { conversationId: await group(ann), userId: ann, role }];
      },
    ],
    'who only reads a public group gives no role': [
      'not-a-member',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [await person('cleo'), { conversationId: await group(ann, { public: true }), userId: ann, role }];
      },
    ],
    'a member gives no role': [
      'not-an-owner',
      async ({ group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        return [ben, { conversationId: await group(ann, { memberIds: [ben] }), userId: ben, role }];
      },
    ],
    'nobody has a role in a direct chat': [
      'cannot-add-to-this-kind',
      async ({ core, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const { conversationId } = await startDirectChat(core, meta(ann), { userId: ben });
        return [ann, { conversationId, userId: ben, role }];
      },
    ],
    'nobody outside the group gets one': [
      'user-unknown',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [ann, { conversationId: await group(ann), userId: await person('cleo'), role }];
      },
    ],
    'an owner stays an owner': [
      'is-an-owner',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [ann, { conversationId: await group(ann), userId: ann, role }];
      },
    ],
  },
});
