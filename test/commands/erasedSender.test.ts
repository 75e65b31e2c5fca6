// Who was erased never gets a key again: not at a process that knows nothing of it yet, and not from old keys.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { addReaction } from '../../src/commands/addReaction.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { pinMessage } from '../../src/commands/pinMessage.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { erasePerson } from '../../src/commands/requestErasure.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { sendMessage as decide, messages } from '../../src/domain/message.ts';
import { users } from '../../src/domain/user.ts';
import { copyKeys } from '../../src/history/copyKeys.ts';
import { createHistory } from '../../src/history/history.ts';
import { secretIn } from '../../src/history/secret.ts';
import type { KeyStore } from '../../src/store/ports.ts';
import { elsewhereOn, meta, openCore, type TestCore } from '../support/core.ts';

let program: TestCore;
let ann: string;
let ben: string;
let conversationId: string;
beforeAll(async () => {
  program = await openCore();
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
  ({ conversationId } = await createGroup(program.core, meta(ben), { name: 'team', memberIds: [ann] }));
});
afterAll(() => program.dispose());

test('a send under way at another process is refused, those of others beside it are not', async () => {
  const { stores, core } = program;
  const history = createHistory(stores.events.recorded, stores.keys, () => performance.now());
  const { messages: lane, ledger } = elsewhereOn(history, core);
  // All that the other process knows is from before.
  const known = await ledger.load(conversations, conversationId);
  const senders = { ann: await ledger.load(users, ann), ben: await ledger.load(users, ben) };
  const say = (by: keyof typeof senders, text: string) => {
    const said = { messageId: core.newId(), number: 1, text, file: null };
    const from = { actorId: senders[by].userId, correlationId: 'test' };
    return lane.append(messages, conversationId, from, () => decide(known, senders[by], said));
  };
  await say('ann', 'before');
  const old = new Map((await stores.keys.get([ann])).map((key) => [ann, key!.slice()]));
  const [first] = await stores.events.recorded.readStream(`user-${ann}`, { limit: 1 });
  const secret = { id: first!.id, secret: secretIn(first!.data)! };
  expect(await history.open([secret])).not.toEqual([null]);
  await erasePerson(core, meta(), { userId: ann });
  // The log says that the key is destroyed, and the store still has it.
  history.forget([ann]);
  expect(await history.open([secret])).toEqual([null]);
  await core.erasing.carryOut(ann, 'test');
  const [refused, sent] = await Promise.allSettled([say('ann', 'after'), say('ben', 'beside')]);
  expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'signed-out' } });
  expect(sent.status).toBe('fulfilled');

  // Old keys that are put back give nothing back: their places are taken for ever.
  const given: Pick<KeyStore, 'get'> = { get: async (ids) => ids.map((id) => old.get(id)) };
  const events = (await stores.events.recorded.readStream(`user-${ann}`)).slice(0, 1);
  await copyKeys(events, given, stores.keys);
  expect(Buffer.from((await stores.keys.get([ann]))[0]!)).toEqual(Buffer.alloc(32));
});

test('whoever takes the name is somebody else, with a key of its own', async () => {
  const { userId } = await registerUser(program.core, meta(), { username: 'ann', email: 'ann@example.com' });
  expect(userId).not.toBe(ann);
  const [old, own] = await program.stores.keys.get([ann, userId]);
  expect([old, own].map((key) => Buffer.alloc(32).equals(key!))).toEqual([true, false]);
  await expect(registerUser(program.core, meta(), { userId: ann, username: 'other' })).rejects.toThrow('conflict');
});

test('what was erased with its sender is not quoted, reacted to or pinned, but its thread goes on', async () => {
  const { core } = program;
  const cleo = await program.person('cleo');
  const { conversationId } = await createGroup(core, meta(ben), { name: 'team', memberIds: [cleo] });
  const { messageId } = await sendMessage(core, meta(cleo), { conversationId, text: 'gone soon' });
  await program.settled();
  await erasePerson(core, meta(), { userId: cleo });
  await core.erasing.carryOut(cleo, 'test');
  const wish = { conversationId, messageId };
  const gone = { code: 'message-removed' };
  const answer = (more: object) => sendMessage(core, meta(ben), { conversationId, text: 'so?', ...more });
  await expect(answer({ replyTo: messageId })).rejects.toMatchObject({ ...gone, field: 'replyTo' });
  await expect(addReaction(core, meta(ben), { ...wish, emoji: '👍' })).rejects.toMatchObject(gone);
  await expect(pinMessage(core, meta(ben), wish)).rejects.toMatchObject(gone);
  await expect(answer({ threadId: messageId })).resolves.toBeDefined();
});
