import { afterAll, beforeAll, expect, test } from 'vitest';
import { readIrcLog } from '../../src/cli/irc/readLog.ts';
import { type Imported, importConversation } from '../../src/commands/importConversation.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { deleteUser } from '../../src/domain/administration.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { derivedId } from '../../src/domain/ids.ts';
import { users } from '../../src/domain/user.ts';
import { meta, openCore, plainMeta, type TestCore } from '../support/core.ts';
import { recorded } from '../support/log.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
});
afterAll(() => program.dispose());

const DAY = '2004-12-25';
const LOG = `${DAY}.txt`;

const bringIn = async (name: string, text: string): Promise<Imported> => {
  const logs = [{ source: LOG, lines: readIrcLog(text, LOG).lines }];
  const counts = await importConversation(
    program.core,
    program.queries,
    { source: 'irc', name, ownerId: null, logs },
    () => undefined,
  );
  await program.settled();
  return counts;
};
const said = async (name: string) => {
  const sent = await recorded(program.stores.events, 'MessageSent', `messages-${derivedId('import', 'irc', name)}`);
  return sent.map(({ data }) => data.text);
};

const long = '\u{1F600}'.repeat(7_999) + 'ab'.repeat(6_131);
const log = ['[12:00] <ann> before', `[12:01] <ann> ${long}`, '[12:01] <ben> after'].join('\n');

test('a line that is too long for a message becomes several in its place, none longer than 8,000 characters', async () => {
  expect(await bringIn('long', log)).toEqual({ lines: 3, messages: 5, users: 2, members: 1, gone: [] });
  const texts = await said('long');
  expect(texts.map((text) => [...text].length)).toEqual([6, 8000, 8000, 4261, 5]);
  expect(texts.slice(1, 4).join('')).toBe(long);
  expect(texts.every((text) => text.isWellFormed())).toBe(true);
});

test('imported again it adds nothing', async () => {
  expect(await bringIn('long', log)).toMatchObject({ messages: 0, users: 0, members: 0 });
});

const membersOf = async (name: string) =>
  [...(await program.core.ledger.load(conversations, derivedId('import', 'irc', name))).members].map(([id]) => id);
const person = async (nick: string) => program.core.ledger.load(users, derivedId('import', 'irc', nick));

test('the same people in another channel are the same people', async () => {
  expect(await bringIn('one', '[12:00] <dora> hi\n[12:01] <eli> hi')).toMatchObject({ users: 2 });
  expect(await bringIn('two', '[12:00] <Dora> hi')).toMatchObject({ users: 0, members: 0 });
  expect(await membersOf('two')).toEqual([(await person('dora')).userId]);
});

test('who changes the nickname stays one person, in the next file as well', async () => {
  const first = ['[12:00] <finn> hi', '=== finn is now known as finn_away', '[12:01] <finn_away> still me'].join('\n');
  expect(await bringIn('renamed', first)).toMatchObject({ users: 1, messages: 2 });
  const senders = await recorded(
    program.stores.events,
    'MessageSent',
    `messages-${derivedId('import', 'irc', 'renamed')}`,
  );
  expect(new Set(senders.map(({ data }) => data.senderId))).toEqual(new Set([(await person('finn')).userId]));
});

test.each([
  ['of mixed alphabets', 'p\u0430ypal'],
  ['of two hundred characters', 'x'.repeat(200)],
  ['that somebody has', 'taken'],
])('a nickname %s gets another name, the same every time', async (_, nick) => {
  if (nick === 'taken') await registerUser(program.core, meta(), { username: nick });
  await bringIn(`odd ${nick.length}`, `[12:00] <${nick}> hi`);
  const { userId, names } = await person(nick);
  expect(names.username).toContain(`irc-${userId.slice(0, 8)}`);
  expect(await said(`odd ${nick.length}`)).toEqual(['hi']);
});

test('a log that is older than what the group has is refused, and the group stays as it is', async () => {
  await bringIn('ordered', '[12:00] <ann> new');
  const older = { source: '2004-12-01.txt', lines: readIrcLog('[12:00] <ann> old', '2004-12-01.txt').lines };
  const wish = { source: 'irc', name: 'ordered', ownerId: null, logs: [older] };
  await expect(importConversation(program.core, program.queries, wish, () => undefined)).rejects.toThrow(
    '2004-12-01.txt has messages of 2004-12-01',
  );
  expect(await said('ordered')).toEqual(['new']);
});

test('the owner is the one that was named, and the last topic describes the group', async () => {
  const { userId: ownerId } = await registerUser(program.core, meta(), { username: 'keeper' });
  const text = "[12:00] <ann> hi\n[12:01] *** ann changes topic to 'Welcome'";
  const logs = [{ source: LOG, lines: readIrcLog(text, LOG).lines }];
  await importConversation(
    program.core,
    program.queries,
    { source: 'irc', name: 'kept', ownerId, logs },
    () => undefined,
  );
  const { members, described } = await program.core.ledger.load(conversations, derivedId('import', 'irc', 'kept'));
  expect(members.get(ownerId)).toBe('owner');
  expect(described).toMatchObject({ description: 'Welcome' });
});

test('people whose accounts were deleted since stop no import: what they said there is not recorded, and told', async () => {
  await bringIn('gone', '[12:00] <gina> hi\n[12:00] <hugo> hi');
  const { userId } = await person('gina');
  await program.core.ledger.transact(users, userId, plainMeta(), deleteUser);
  await program.core.succession.settle(userId, 'test');
  const more = '[12:00] <gina> hi\n[12:00] <hugo> hi\n[12:01] <gina> again\n[12:02] <hugo> still here';
  const again = await bringIn('gone', more);
  expect(again).toMatchObject({ messages: 1, gone: [{ source: LOG, line: 3, text: 'again' }] });
  expect(await membersOf('gone')).toEqual([(await person('hugo')).userId]);
  expect(await said('gone')).toEqual(['hi', 'hi', 'still here']);
});
