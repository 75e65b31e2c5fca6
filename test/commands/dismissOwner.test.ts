import { appointOwner } from '../../src/commands/appointOwner.ts';
import { dismissOwner } from '../../src/commands/dismissOwner.ts';
import { openRoom } from '../../src/commands/openRoom.ts';
import { suspendUser } from '../../src/commands/suspendUser.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

/** A group that both own. */
const shared = async ({ core, group, person }: World) => {
  const [ann, ben] = [await person('ann'), await person('ben')];
  const conversationId = await group(ann);
  await appointOwner(core, meta(ann), { conversationId, userId: ben });
  return { ann, ben, conversationId };
};

commandRules(dismissOwner, {
  taken: async (world) => {
    const { ann, ben, conversationId } = await shared(world);
    return [ann, { conversationId, userId: ben }];
  },
  records: ['OwnerDismissed'],
  refused: {
    'a private group is nothing to who is not in it': [
      'conversation-unknown',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [await person('ben'), { conversationId: await group(ann), userId: ann }];
      },
    ],
    'who only reads a public group dismisses nobody': [
      'not-a-member',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [await person('ben'), { conversationId: await group(ann, { public: true }), userId: ann }];
      },
    ],
    'a member dismisses no owner': [
      'not-an-owner',
      async ({ group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        return [ben, { conversationId: await group(ann, { memberIds: [ben] }), userId: ann }];
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
    'who alone can manage a group does not step down: a suspended owner cannot': [
      'last-owner',
      async (world) => {
        const { ann, ben, conversationId } = await shared(world);
        await suspendUser(world.core, meta(), { userId: ben });
        return [ann, { conversationId, userId: ann }];
      },
    ],
  },
});
