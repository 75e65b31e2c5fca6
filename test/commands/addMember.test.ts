import { addMember } from '../../src/commands/addMember.ts';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { giveRole } from '../../src/commands/giveRole.ts';
import { setPolicy } from '../../src/commands/setPolicy.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { commandRules } from '../support/commandRules.ts';
import { fresh, meta } from '../support/core.ts';

commandRules(addMember, {
  taken: async ({ group, person }) => {
    const ann = await person('ann');
    return [ann, { conversationId: await group(ann), userId: await person('ben') }];
  },
  records: ['MemberAdded'],
  refused: {
    'a stranger does not learn that a private group is there': [
      'conversation-unknown',
      async ({ group, person }) => {
        const cleo = await person('cleo');
        return [cleo, { conversationId: await group(await person('ann')), userId: cleo }];
      },
    ],
    'who only reads a public group adds nobody': [
      'not-a-member',
      async ({ group, person }) => {
        const conversationId = await group(await person('ann'), { public: true });
        return [await person('cleo'), { conversationId, userId: await person('ben') }];
      },
    ],
    'who only reads the group adds nobody': [
      'read-only',
      async ({ core, group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const conversationId = await group(ann, { memberIds: [ben] });
        await setPolicy(core, meta(ann), { conversationId, invite: 'members' });
        await giveRole(core, meta(ann), { conversationId, userId: ben, role: 'reader' });
        return [ben, { conversationId, userId: await person('cleo') }];
      },
    ],
    'a member who may add others gives nobody another role': [
      'not-an-owner',
      async ({ core, group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const conversationId = await group(ann, { memberIds: [ben] });
        await setPolicy(core, meta(ann), { conversationId, invite: 'members' });
        return [ben, { conversationId, userId: await person('cleo'), role: 'moderator' as const }];
      },
    ],
    'a member who is no owner adds nobody': [
      'not-an-owner',
      async ({ group, person }) => {
        const ben = await person('ben');
        const conversationId = await group(await person('ann'), { memberIds: [ben] });
        return [ben, { conversationId, userId: await person('cleo') }];
      },
    ],
    'a direct chat has its two': [
      'cannot-add-to-this-kind',
      async ({ core, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const { conversationId } = await startDirectChat(core, meta(ann), { userId: ben });
        return [ann, { conversationId, userId: await person('cleo') }];
      },
    ],
    'a deleted user is added to nothing': [
      'user-unknown',
      async ({ core, group, person }) => {
        const [ann, gone] = [await person('ann'), await person('gone')];
        await deleteUser(core, fresh(gone), {});
        return [ann, { conversationId: await group(ann), userId: gone }];
      },
    ],
  },
});
