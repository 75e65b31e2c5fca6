import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';
import { setPolicy } from '../support/policies.ts';
import { uuid } from '../support/scenario.ts';

/** Ann says something in a group with Ben. */
const said = async ({ core, group, person }: World) => {
  const [ann, ben, cleo] = [await person('ann'), await person('ben'), await person('owner')];
  const conversationId = await group(cleo, { memberIds: [ann, ben] });
  const { messageId } = await sendMessage(core, meta(ann), { conversationId, text: 'one' });
  return { ann, ben, wish: { conversationId, messageId } };
};

commandRules(removeMessage, {
  taken: async (world) => {
    const { ann, wish } = await said(world);
    return [ann, wish];
  },
  records: ['MessageRemoved'],
  refused: {
    'a stranger does not learn that a private group is there': [
      'conversation-unknown',
      async (world) => [await world.person('cleo'), (await said(world)).wish],
    ],
    'a member cannot remove what another member said': [
      'not-yours',
      async (world) => {
        const { ben, wish } = await said(world);
        return [ben, wish];
      },
    ],
    'the time of the policy is over': [
      'too-late',
      async (world) => {
        const { ann, wish } = await said(world);
        await setPolicy(world.core, wish.conversationId, { removeFor: 0 });
        world.pass(1);
        return [ann, wish];
      },
    ],
    'there is no message of that id': [
      'message-unknown',
      async (world) => {
        const { ann, wish } = await said(world);
        return [ann, { ...wish, messageId: uuid(9) }];
      },
    ],
    'a message of another conversation is none of this one': [
      'message-unknown',
      async (world) => {
        const { ann, wish } = await said(world);
        return [ann, { ...wish, conversationId: await world.group(ann) }];
      },
    ],
  },
});
