import { describe } from 'vitest';
import { followThread } from '../../src/commands/followThread.ts';
import { markThreadRead } from '../../src/commands/markThreadRead.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { unfollowThread } from '../../src/commands/unfollowThread.ts';
import { commandRules, type Rules, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';
import { uuid } from '../support/scenario.ts';

/** Ann says something in a group of hers and Ben's, and answers herself in a thread. */
const answered = async ({ core, group, person }: World) => {
  const [ann, ben] = [await person('ann'), await person('ben')];
  const conversationId = await group(ann, { memberIds: [ben] });
  const { messageId } = await sendMessage(core, meta(ann), { conversationId, text: 'one' });
  const { messageId: inside } = await sendMessage(core, meta(ann), {
    conversationId,
    text: 'two',
    threadId: messageId,
  });
  return { ann, ben, inside, wish: { conversationId, messageId, upTo: 2 } };
};

type Wanted = Awaited<ReturnType<typeof answered>>['wish'];

/** `of`: what the command takes of the wish. */
const refusedWith = <Input extends typeof followThread.input | typeof markThreadRead.input>(
  of: (wish: Wanted) => object,
): Rules<Input>['refused'] => {
  const asks = (change: (world: World, made: Awaited<ReturnType<typeof answered>>) => Promise<[string, Wanted]>) =>
    (async (world: World) => {
      const [actor, wish] = await change(world, await answered(world));
      return [actor, of(wish)];
    }) as unknown as Rules<Input>['taken'];
  return {
    'a stranger does not learn that a private group is there': [
      'conversation-unknown',
      asks(async ({ person }, { wish }) => [await person('cleo'), wish]),
    ],
    'there is no message of that id': [
      'thread-unknown',
      asks(async (_, { ann, wish }) => [ann, { ...wish, messageId: uuid(9) }]),
    ],
    'a message of another conversation begins no thread of this one': [
      'thread-unknown',
      asks(async ({ group }, { ann, wish }) => [ann, { ...wish, conversationId: await group(ann) }]),
    ],
    'a message of a thread begins none': [
      'thread-unknown',
      asks(async (_, { ann, inside, wish }) => [ann, { ...wish, messageId: inside }]),
    ],
  };
};

const plain = ({ conversationId, messageId }: Wanted) => ({ conversationId, messageId });

describe('following a thread', () => {
  commandRules(followThread, {
    taken: async (world) => {
      const { ben, wish } = await answered(world);
      return [ben, plain(wish)];
    },
    records: ['ThreadFollowed'],
    refused: refusedWith(plain),
  });
});

describe('leaving a thread', () => {
  commandRules(unfollowThread, {
    taken: async (world) => {
      const { ann, wish } = await answered(world);
      return [ann, plain(wish)];
    },
    records: ['ThreadUnfollowed'],
    refused: refusedWith(plain),
  });
});

describe('marking a thread as read', () => {
  commandRules(markThreadRead, {
    taken: async (world) => {
      const { ben, wish } = await answered(world);
      return [ben, wish];
    },
    records: ['ThreadRead'],
    refused: refusedWith((wish) => wish),
  });
});
