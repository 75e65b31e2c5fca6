import { addMember } from '../../src/commands/addMember.ts';
import { appointOwner } from '../../src/commands/appointOwner.ts';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { openRoom } from '../../src/commands/openRoom.ts';
import { commandRules } from '../support/commandRules.ts';
import { fresh, meta } from '../support/core.ts';

commandRules(appointOwner, {
  taken: async ({ core, group, person }) => {
    const [ann, ben] = [await person('ann'), await person('ben')];
    const conversationId = await group(ann);
    await addMember(core, meta(ann), { conversationId, userId: ben });
    return [ann, { conversationId, userId: ben }];
  },
  records: ['OwnerAppointed'],
  refused: {
    'a private group is nothing to who is not in it': [
      'conversation-unknown',
      async ({ group, person }) => {
        const ben = await person('ben');
        return [ben, { conversationId: await group(await person('ann')), userId: ben }];
      },
    ],
    'who only reads a public group appoints nobody': [
      'not-a-member',
      async ({ group, person }) => {
        const ben = await person('ben');
        return [ben, { conversationId: await group(await person('ann'), { public: true }), userId: ben }];
      },
    ],
    'a member makes no owner of itself': [
      'not-an-owner',
      async ({ group, person }) => {
        const ben = await person('ben');
        return [ben, { conversationId: await group(await person('ann'), { memberIds: [ben] }), userId: ben }];
      },
    ],
    'a room has no owners': [
      'cannot-add-to-this-kind',
      async ({ core, person }) => {
        const ann = await person('ann');
        const { conversationId } = await openRoom(core, meta(ann), { name: 'Lobby' });
        return [ann, { conversationId, userId: ann }];
      },
    ],
    'a deleted account owns nothing': [
      'user-unknown',
      async ({ core, group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        await deleteUser(core, fresh(ben), {});
        return [ann, { conversationId: await group(ann), userId: ben }];
      },
    ],
  },
});
