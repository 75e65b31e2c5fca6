import { openRoom } from '../../src/commands/openRoom.ts';
import { setPolicy } from '../../src/commands/setPolicy.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const roomOf = async ({ core }: World, by: string) =>
  (await openRoom(core, meta(by), { name: 'Lobby' })).conversationId;

commandRules(setPolicy, {
  taken: async ({ group, person }) => {
    const ann = await person('ann');
    return [ann, { conversationId: await group(ann), write: 'moderators' as const, slowMode: 30 }];
  },
  records: ['PolicySet'],
  refused: {
    'a stranger does not learn that a private group is there': [
      'conversation-unknown',
      async ({ group, person }) => [
        await person('cleo'),
        { conversationId: await group(await person('ann')), slowMode: 30 },
      ],
    ],
    'a member sets no policy': [
      'not-an-owner',
      async ({ group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        return [ben, { conversationId: await group(ann, { memberIds: [ben] }), slowMode: 30 }];
      },
    ],
    'nobody sets one in a direct chat': [
      'cannot-set-for-this-kind',
      async ({ core, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const { conversationId } = await startDirectChat(core, meta(ann), { userId: ben });
        return [ann, { conversationId, slowMode: 30 }];
      },
    ],
    'nobody but its keepers sets one in a room': [
      'not-an-owner',
      async (world) => [
        await world.person('ben'),
        { conversationId: await roomOf(world, await world.person('ann')), slowMode: 30 },
      ],
    ],
    'nobody joins a room to see more': [
      'cannot-set-for-this-kind',
      async (world) => {
        const ann = await world.person('ann');
        return [ann, { conversationId: await roomOf(world, ann), history: 'since-joining' as const }];
      },
    ],
    'a public group shows everything to everybody': [
      'cannot-set-for-this-kind',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [ann, { conversationId: await group(ann, { public: true }), history: 'since-joining' as const }];
      },
    ],
  },
});
