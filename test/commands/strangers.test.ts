// Anybody can compute the id of the direct chat of two users. So a command that names it must not tell whether there is one: not
// by its answer, nor by what it looks for, which takes time and may fail.

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addReaction } from '../../src/commands/addReaction.ts';
import { bookmarkMessage } from '../../src/commands/bookmarkMessage.ts';
import type { Core } from '../../src/commands/core.ts';
import { editMessage } from '../../src/commands/editMessage.ts';
import { followThread } from '../../src/commands/followThread.ts';
import { markThreadRead } from '../../src/commands/markThreadRead.ts';
import { pinMessage } from '../../src/commands/pinMessage.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { eraseMessage } from '../../src/commands/requestErasure.ts';
import { restoreMessage } from '../../src/commands/restoreMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import { takeBackReaction } from '../../src/commands/takeBackReaction.ts';
import { unfollowThread } from '../../src/commands/unfollowThread.ts';
import { unpinMessage } from '../../src/commands/unpinMessage.ts';
import { directChatId } from '../../src/domain/ids.ts';
import { Unavailable } from '../../src/store/ports.ts';
import { meta, openCore, type TestCore } from '../support/core.ts';

let program: TestCore;
let ann: string;
let ben: string;
let eve: string;
beforeAll(async () => {
  program = await openCore();
  [ann, ben, eve] = [await program.person('ann'), await program.person('ben'), await program.person('eve')];
  await startDirectChat(program.core, meta(ann), { userId: ben });
  await startDirectChat(program.core, meta(eve), { userId: ben });
});
afterAll(() => program.dispose());

interface Wish {
  readonly conversationId: string;
  readonly messageId: string;
}
type Ask = (core: Core, by: string, wish: Wish) => Promise<unknown>;

test.each<[string, Ask]>([
  [
    'quotes',
    (core, by, { messageId: replyTo, ...wish }) => sendMessage(core, meta(by), { ...wish, replyTo, text: 'x' }),
  ],
  [
    'answers',
    (core, by, { messageId, ...wish }) => sendMessage(core, meta(by), { ...wish, threadId: messageId, text: 'x' }),
  ],
  ['reacts to', (core, by, wish) => addReaction(core, meta(by), { ...wish, emoji: '👍' })],
  ['takes back from', (core, by, wish) => takeBackReaction(core, meta(by), { ...wish, emoji: '👍' })],
  ['pins', (core, by, wish) => pinMessage(core, meta(by), wish)],
  ['unpins', (core, by, wish) => unpinMessage(core, meta(by), wish)],
  ['bookmarks', (core, by, wish) => bookmarkMessage(core, meta(by), wish)],
  ['edits', (core, by, wish) => editMessage(core, meta(by), { ...wish, text: 'x' })],
  ['removes', (core, by, wish) => removeMessage(core, meta(by), wish)],
  ['restores', (core, by, wish) => restoreMessage(core, meta(by), wish)],
  ['erases', (core, by, wish) => eraseMessage(core, meta(by), wish)],
  ['follows', (core, by, wish) => followThread(core, meta(by), wish)],
  ['leaves', (core, by, wish) => unfollowThread(core, meta(by), wish)],
  ['marks as read', (core, by, wish) => markThreadRead(core, meta(by), { ...wish, upTo: 1 })],
])('whoever %s a message of a chat of others is refused while nobody can look for messages', async (_, ask) => {
  const core: Core = {
    ...program.core,
    sentMessage: async () => {
      throw new Unavailable('views');
    },
  };
  const asked = (by: string, one: string, other: string) =>
    ask(core, by, { conversationId: directChatId(one, other), messageId: randomUUID() });
  await expect(asked(eve, ann, ben)).rejects.toThrow('conversation-unknown');
  await expect(asked(eve, ann, randomUUID())).rejects.toThrow('conversation-unknown');
  await expect(asked(eve, eve, ben)).rejects.toBeInstanceOf(Unavailable);
});

test('whoever sends to a chat of others learns nothing of the file that the message names', async () => {
  const { fileId } = await storeFile(program.core, meta(ann), { name: 'a.txt' }, Readable.from(['bytes']), 100);
  const send = (by: string, one: string, named: string) =>
    sendMessage(program.core, meta(by), { conversationId: directChatId(one, ben), fileId: named });
  await expect(send(eve, ann, fileId)).rejects.toThrow('conversation-unknown');
  await expect(send(eve, ann, randomUUID())).rejects.toThrow('conversation-unknown');
  await expect(send(eve, eve, fileId)).rejects.toThrow('file-unknown');
  await expect(send(eve, eve, randomUUID())).rejects.toThrow('file-unknown');
});
