import { removeMessage } from '../../src/commands/removeMessage.ts';
import { eraseMessage } from '../../src/commands/requestErasure.ts';
import { restoreMessage } from '../../src/commands/restoreMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';
import { setPolicy } from '../support/policies.ts';
import { uuid } from '../support/scenario.ts';

/** Ann says something in a group of Ben's, and takes it back. */
const removed = async ({ core, group, person }: World) => {
  const [ann, ben] = [await person('ann'), await person('ben')];
  const conversationId = await group(ben, { memberIds: [ann] });
  const { messageId } = await sendMessage(core, meta(ann), { conversationId, text: 'one' });
  const wish = { conversationId, messageId };
  await removeMessage(core, meta(ann), wish);
  return { ann, ben, wish };
};

commandRules(restoreMessage, {
  taken: async (world) => {
    const { ann, wish } = await removed(world);
    return [ann, wish];
  },
  records: ['MessageRestored'],
  refused: {
    'a stranger does not learn that a private group is there': [
      'conversation-unknown',
      async (world) => [await world.person('cleo'), (await removed(world)).wish],
    ],
    'there is no message of that id': [
      'message-unknown',
      async (world) => {
        const { ann, wish } = await removed(world);
        return [ann, { ...wish, messageId: uuid(9) }];
      },
    ],
    'an owner does not restore what its sender took back': [
      'not-yours',
      async (world) => {
        const { ben, wish } = await removed(world);
        return [ben, wish];
      },
    ],
    'what was erased is gone for ever': [
      'message-removed',
      async (world) => {
        const { ann, wish } = await removed(world);
        await eraseMessage(world.core, meta(ann), wish);
        await world.core.erasing.carryOut(wish.messageId, 'test');
        return [ann, wish];
      },
    ],
    'the time of the policy is over': [
      'too-late',
      async (world) => {
        const { ann, wish } = await removed(world);
        await setPolicy(world.core, wish.conversationId, { removeFor: 0 });
        world.pass(1);
        return [ann, wish];
      },
    ],
  },
});
