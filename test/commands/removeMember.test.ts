import { giveRole } from '../../src/commands/giveRole.ts';
import { removeMember } from '../../src/commands/removeMember.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

commandRules(removeMember, {
  taken: async ({ group, person }) => {
    const [ann, ben] = [await person('ann'), await person('ben')];
    return [ann, { conversationId: await group(ann, { memberIds: [ben] }), userId: ben }];
  },
  records: ['MemberRemoved'],
  refused: {
    'a stranger does not learn that a private group is there': [
      'conversation-unknown',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [await person('cleo'), { conversationId: await group(ann), userId: ann }];
      },
    ],
    'who only reads a public group removes nobody': [
      'not-a-member',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [await person('cleo'), { conversationId: await group(ann, { public: true }), userId: ann }];
      },
    ],
    'a plain member removes nobody else': [
      'not-a-moderator',
      async ({ group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        return [ben, { conversationId: await group(ann, { memberIds: [ben] }), userId: ann }];
      },
    ],
    'a moderator removes no owner': [
      'not-an-owner',
      async ({ core, group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const conversationId = await group(ann, { memberIds: [ben] });
        await giveRole(core, meta(ann), { conversationId, userId: ben, role: 'moderator' });
        return [ben, { conversationId, userId: ann }];
      },
    ],
    'nobody is removed from a direct chat': [
      'cannot-add-to-this-kind',
      async ({ core, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const { conversationId } = await startDirectChat(core, meta(ann), { userId: ben });
        return [ann, { conversationId, userId: ben }];
      },
    ],
    'nobody removes themselves from a direct chat': [
      'cannot-leave-this-kind',
      async ({ core, person }) => {
        const ann = await person('ann');
        const { conversationId } = await startDirectChat(core, meta(ann), { userId: await person('ben') });
        return [ann, { conversationId, userId: ann }];
      },
    ],
  },
});
