// Slow mode on real stores: how far two messages of one sender are apart, as the log has them.

import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGroup } from '../../src/commands/createGroup.ts';
import { giveRole } from '../../src/commands/giveRole.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { setPolicy } from '../../src/commands/setPolicy.ts';
import { createSlowMode } from '../../src/commands/slowMode.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import { Refused } from '../../src/domain/refused.ts';
import { Unavailable } from '../../src/store/ports.ts';
import { meta, openCore, type TestCore } from '../support/core.ts';

let program: TestCore;
let ann: string;
let ben: string;
beforeAll(async () => {
  program = await openCore();
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
});
afterAll(() => program.dispose());

const groupOf = async (slowMode: number): Promise<string> => {
  const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Team', memberIds: [ben] });
  if (slowMode > 0) await setPolicy(program.core, meta(ann), { conversationId, slowMode });
  return conversationId;
};
const say = (conversationId: string, who = ben, key?: string, core = program.core) =>
  sendMessage(core, meta(who, key === undefined ? undefined : { key, hash: key }), { conversationId, text: 'Hello' });
const outcome = (sent: Promise<unknown>): Promise<string> =>
  sent.then(
    () => 'sent',
    (error: unknown) => (error instanceof Refused ? error.code : String(error)),
  );
const count = async (conversationId: string) => program.core.messages.count(conversationId);

test('of many messages at once, one is sent', async () => {
  const team = await groupOf(3600);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome(say(team))));
  expect(outcomes.filter((one) => one === 'sent')).toHaveLength(1);
  expect(new Set(outcomes)).toEqual(new Set(['sent', 'slow-mode']));
  expect(await count(team)).toBe(1);
});

test('others do not wait for it, nor does whoever moderates the group', async () => {
  const team = await groupOf(3600);
  await say(team);
  expect(await Promise.all([outcome(say(team, ann)), outcome(say(team, ann))])).toEqual(['sent', 'sent']);
  await giveRole(program.core, meta(ann), { conversationId: team, userId: ben, role: 'moderator' });
  expect(await outcome(say(team))).toBe('sent');
});

test('a retry gets its first answer, also while others wait', async () => {
  const team = await groupOf(3600);
  const [first, again] = await Promise.all([say(team, ben, 'one'), say(team, ben, 'one')]);
  expect(again).toMatchObject({ messageId: first.messageId, position: first.position });
  expect(await say(team, ben, 'one')).toMatchObject({ messageId: first.messageId });
  expect(await outcome(say(team, ben, 'two'))).toBe('slow-mode');
  expect(await count(team)).toBe(1);
});

test('a message with a file is decided twice, and waits once', async () => {
  const team = await groupOf(3600);
  const { fileId } = await storeFile(program.core, meta(ben), {}, Readable.from([Buffer.from('bytes')]), 100);
  const send = () => sendMessage(program.core, meta(ben), { conversationId: team, text: '', fileId });
  expect([await outcome(send()), await outcome(send())]).toEqual(['sent', 'slow-mode']);
});

test('nobody waits for a message that was not recorded', async () => {
  const team = await groupOf(3600);
  const broken = { ...program.core.messages, append: () => Promise.reject(new Unavailable('events')) };
  const decided: typeof broken.append = async (...[, , , decide]: never[]) => {
    (decide as unknown as (state: undefined, at: string) => unknown)(undefined, new Date().toISOString());
    throw new Unavailable('events');
  };
  const core = { ...program.core, messages: { ...broken, append: decided as never } };
  await expect(say(team, ben, undefined, core)).rejects.toThrow(Unavailable);
  expect(await outcome(say(team))).toBe('sent');
});

test('the views know it after a restart, and in another process', async () => {
  const team = await groupOf(3600);
  await say(team);
  await program.settled();
  const elsewhere = { ...program.core, slowMode: createSlowMode(program.queries) };
  expect(await outcome(say(team, ben, undefined, elsewhere))).toBe('slow-mode');
  await program.restart();
  expect(await outcome(say(team))).toBe('slow-mode');
});

test('a message that was removed counts, too, after a restart and in another process', async () => {
  const team = await groupOf(3600);
  const { messageId } = await say(team);
  await say(team, ann);
  await removeMessage(program.core, meta(ben), { conversationId: team, messageId });
  await program.settled();
  const elsewhere = { ...program.core, slowMode: createSlowMode(program.queries) };
  expect(await outcome(say(team, ben, undefined, elsewhere))).toBe('slow-mode');
  const others = await groupOf(3600);
  const { messageId: anns } = await say(others, ann);
  await removeMessage(program.core, meta(ann), { conversationId: others, messageId: anns });
  await program.settled();
  expect(await outcome(say(others, ben, undefined, elsewhere))).toBe('sent');
});

test('while the views are away, people go on talking', async () => {
  const team = await groupOf(3600);
  const slowMode = createSlowMode({ lastSaidBy: () => Promise.reject(new Unavailable('views')) });
  const core = { ...program.core, slowMode };
  expect(await outcome(say(team, ben, undefined, core))).toBe('sent');
  expect(await outcome(say(team, ben, undefined, core))).toBe('slow-mode');
});

test('without slow mode, nothing is asked', async () => {
  const team = await groupOf(0);
  const slowMode = createSlowMode({ lastSaidBy: () => expect.fail('asked') });
  expect(await outcome(say(team, ben, undefined, { ...program.core, slowMode }))).toBe('sent');
});
