import { grantRole } from '../../src/commands/grantRole.ts';
import { openRoom } from '../../src/commands/openRoom.ts';
import { takeOver } from '../../src/commands/takeOver.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const admin = async ({ core, person }: World): Promise<string> => {
  const userId = await person('root');
  await grantRole(core, meta(), { userId, role: 'admin' });
  return userId;
};

commandRules(takeOver, {
  taken: async (world) => [await admin(world), { conversationId: await world.group(await world.person('ann')) }],
  records: ['MemberAdded', 'GroupTakenOver'],
  refused: {
    'an owner who is no admin takes over nothing': [
      'not-permitted',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [ann, { conversationId: await group(ann) }];
      },
    ],
    'there must be such a group': [
      'conversation-unknown',
      async (world) => [await admin(world), { conversationId: crypto.randomUUID() }],
    ],
    'only groups have owners': [
      'cannot-add-to-this-kind',
      async (world) => {
        const root = await admin(world);
        const { conversationId } = await openRoom(world.core, meta(root), { name: 'Lobby' });
        return [root, { conversationId }];
      },
    ],
  },
});
