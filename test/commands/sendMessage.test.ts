import { Readable } from 'node:stream';
import { describe } from 'vitest';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { giveRole } from '../../src/commands/giveRole.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { setPolicy } from '../../src/commands/setPolicy.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { fresh, meta } from '../support/core.ts';

const nobody = '00000000-0000-4000-8000-000000000009';

/** Ann says something in a group of hers and Ben's. */
const said = async ({ core, group, person }: World) => {
  const [ann, ben] = [await person('ann'), await person('ben')];
  const conversationId = await group(ann, { memberIds: [ben] });
  const { messageId } = await sendMessage(core, meta(ann), { conversationId, text: 'one' });
  return { ann, ben, conversationId, messageId };
};

commandRules(sendMessage, {
  taken: async ({ group, person }) => {
    const ann = await person('ann');
    return [ann, { conversationId: await group(ann), text: 'Hello' }];
  },
  records: ['MessageSent'],
  // Without a key it is another message.
  again: ['MessageSent'],
  refused: {
    'a stranger cannot write to a private group, or learn that it is there': [
      'conversation-unknown',
      async ({ group, person }) => [
        await person('cleo'),
        { conversationId: await group(await person('ann')), text: 'Hello' },
      ],
    ],
    'a reader who has not joined cannot write to a public group': [
      'not-a-member',
      async ({ group, person }) => [
        await person('cleo'),
        { conversationId: await group(await person('ann'), { public: true }), text: 'Hello' },
      ],
    ],
    'who only reads a group cannot write to it': [
      'read-only',
      async ({ core, group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const conversationId = await group(ann, { memberIds: [ben] });
        await giveRole(core, meta(ann), { conversationId, userId: ben, role: 'reader' });
        return [ben, { conversationId, text: 'Hello' }];
      },
    ],
    'where moderators alone write, a member cannot': [
      'read-only',
      async ({ core, group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const conversationId = await group(ann, { memberIds: [ben] });
        await setPolicy(core, meta(ann), { conversationId, write: 'moderators' });
        return [ben, { conversationId, text: 'Hello' }];
      },
    ],
    'in slow mode, a member waits for the next message': [
      'slow-mode',
      async ({ core, group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const conversationId = await group(ann, { memberIds: [ben] });
        await setPolicy(core, meta(ann), { conversationId, slowMode: 3600 });
        await sendMessage(core, meta(ben), { conversationId, text: 'Hello' });
        return [ben, { conversationId, text: 'Hello' }];
      },
    ],
    'nothing is said to an account that was deleted': [
      'user-unknown',
      async ({ core, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const { conversationId } = await startDirectChat(core, meta(ann), { userId: ben });
        await deleteUser(core, fresh(ben), {});
        return [ann, { conversationId, text: 'Hello' }];
      },
    ],
    'a message has a text or a file': [
      'message-empty',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [ann, { conversationId: await group(ann) }];
      },
    ],
    'a file is sent by who stored it': [
      'file-unknown',
      async ({ core, group, person }) => {
        const [ann, ben] = [await person('ann'), await person('ben')];
        const { fileId } = await storeFile(core, meta(ben), {}, Readable.from([Buffer.from('his')]), 100);
        return [ann, { conversationId: await group(ann), fileId }];
      },
    ],
    'a file that is not there is not sent': [
      'file-unknown',
      async ({ group, person }) => {
        const ann = await person('ann');
        return [ann, { conversationId: await group(ann), fileId: nobody }];
      },
    ],
    'what is not there is not quoted': [
      'message-unknown',
      async (world) => {
        const { ann, conversationId } = await said(world);
        return [ann, { conversationId, text: 'so?', replyTo: nobody }];
      },
    ],
    'what was removed is not quoted': [
      'message-removed',
      async (world) => {
        const { ann, conversationId, messageId } = await said(world);
        await removeMessage(world.core, meta(ann), { conversationId, messageId });
        return [ann, { conversationId, text: 'so?', replyTo: messageId }];
      },
    ],
    'a message of a thread begins no other': [
      'thread-unknown',
      async (world) => {
        const { ann, conversationId, messageId } = await said(world);
        const inside = await sendMessage(world.core, meta(ann), { conversationId, text: 'a', threadId: messageId });
        return [ann, { conversationId, text: 'so?', threadId: inside.messageId }];
      },
    ],
  },
});

describe('in a thread', () => {
  commandRules(
    sendMessage,
    {
      taken: async (world) => {
        const { ben, conversationId, messageId } = await said(world);
        return [ben, { conversationId, text: 'so?', threadId: messageId, replyTo: messageId }];
      },
      // Who answers follows the thread, and who is answered.
      records: ['ThreadFollowed', 'ThreadFollowed', 'MessageSent'],
      again: ['MessageSent'],
      refused: {},
    },
    sendMessage.refuses,
  );
});
