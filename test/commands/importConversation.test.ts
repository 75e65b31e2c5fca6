import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Imported, importConversation } from '../../src/commands/importConversation.ts';
import type { LineOfLog } from '../../src/commands/importedMessages.ts';
import { createNumbers } from '../../src/commands/numbers.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { derivedId } from '../../src/domain/ids.ts';
import { users } from '../../src/domain/user.ts';
import { elsewhereOn, meta, openCore, type TestCore } from '../support/core.ts';
import { recorded } from '../support/log.ts';
import { logLines, type TestLog } from '../support/logLines.ts';
import { readIrcLog } from '../support/readIrcLog.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
});
afterAll(() => program.dispose());

const DAY = '2004-12-25';
const LOG = `${DAY}.txt`;

const logOf = (text: string, source = LOG) => ({ source, lines: readIrcLog(text, source).lines });

/** `logs`: texts of logs of one day, or logs of several. */
const bringIn = async (
  name: string,
  ...texts: readonly (string | TestLog)[]
): Promise<Imported & { readonly present: readonly LineOfLog[] }> => {
  const logs = texts.map((text) => (typeof text === 'string' ? logOf(text) : text));
  const present: LineOfLog[] = [];
  const counts = await importConversation(
    program.core,
    program.queries,
    program.settled,
    { source: 'irc', name, ownerId: null, lines: logLines(...logs) },
    { onPresent: (line) => present.push(line) },
  );
  await program.settled();
  return { ...counts, present };
};
const said = async (name: string) => {
  const sent = await recorded(program.stores.events, 'MessageSent', `messages-${derivedId('import', 'irc', name)}`);
  return sent.map(({ data }) => data.text);
};

const long = '\u{1F600}'.repeat(7_999) + 'ab'.repeat(6_131);
const log = ['[12:00] <ann> before', `[12:01] <ann> ${long}`, '[12:01] <ben> after'].join('\n');

test('a line that is too long for a message becomes several in its place, none longer than 8,000 characters', async () => {
  expect(await bringIn('long', log)).toEqual({ lines: 3, messages: 5, users: 2, members: 1, present: [] });
  const texts = await said('long');
  expect(texts.map((text) => [...text].length)).toEqual([6, 8000, 8000, 4261, 5]);
  expect(texts.slice(1, 4).join('')).toBe(long);
  expect(texts.every((text) => text.isWellFormed())).toBe(true);
});

test('imported again it adds nothing, and says of each line that it is there', async () => {
  const { present, ...counts } = await bringIn('long', log);
  expect(counts).toEqual({ lines: 3, messages: 0, users: 0, members: 0 });
  expect(present.map(({ log: source, said: { line } }) => `${source}:${line}`)).toEqual(
    [1, 2, 3].map((n) => `${LOG}:${n}`),
  );
});

test('logs that overlap add each line once, and what was said twice stays twice', async () => {
  const first = '[12:00] <ann> hi\n[12:00] <ann> hi\n[12:01] <ben> hi';
  const second = logOf('[12:01] <ben> hi\n[12:02] <ann> more', `copy of ${LOG}`);
  expect(await bringIn('overlap', first, second)).toMatchObject({ messages: 4, present: [{ log: `copy of ${LOG}` }] });
  expect(await said('overlap')).toEqual(['hi', 'hi', 'hi', 'more']);
  const later = logOf(`rotated\n${first}\n[12:03] <ann> last`, 'rotated 2004-12-25.txt');
  expect(await bringIn('overlap', later)).toMatchObject({ messages: 1 });
  expect((await said('overlap')).at(-1)).toBe('last');
});

test('logs of the same time stand by their times, whatever the order of the files', async () => {
  const [one, other] = [logOf('[12:00] <ann> a\n[14:30] <ann> c'), logOf('[13:00] <ben> b', `other ${LOG}`)];
  await bringIn('interleaved', other, one);
  expect(await said('interleaved')).toEqual(['a', 'b', 'c']);
});

test('a line of letters that nobody sees, and a name with a line end, stop nothing', async () => {
  const spaces = ' '.repeat(8_500);
  const odd = `[12:00] <ann> \u200b\n[12:00] <a\u2028b> hi\n[12:01] <ann> x${spaces}y`;
  expect(await bringIn('odd', odd)).toMatchObject({ messages: 3 });
});

test('now and then an import waits for the views, and forgets what they know: a line from before is there all the same', async () => {
  const said = logOf('[12:00] <ann> hi').lines;
  const quiet = Array.from(
    { length: 41_000 },
    (_, line) => ({ kind: 'joined', line, nick: 'ann', at: said[0]!.at }) as const,
  );
  const logs = [said, quiet, said].map((lines, i) => ({ source: String(i), lines }));
  const { core, queries } = program;
  const did: string[] = [];
  const watched: typeof core = {
    ...core,
    openImportLane: (id) => {
      did.push('lane');
      return core.openImportLane(id);
    },
  };
  const settle = async () => {
    did.push('views');
    await program.settled();
  };
  const wish = { source: 'irc', name: 'long quiet', ownerId: null, lines: logLines(...logs) };
  expect(await importConversation(watched, queries, settle, wish)).toMatchObject({ lines: 41_002, messages: 1 });
  expect(did).toEqual(['lane', 'views', 'lane', 'views']);
});

const membersOf = async (name: string) =>
  [...(await program.core.ledger.load(conversations, derivedId('import', 'irc', name))).members].map(([id]) => id);
const person = async (nick: string) =>
  program.core.ledger.load(users, derivedId('import', 'irc', program.core.pseudonym('nick', nick)));

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

test('an account that was suspended or deleted since stops nothing', async () => {
  await bringIn('gone', '[12:00] <jana> hi\n[12:00] <kurt> hi');
  const [jana, kurt] = [(await person('jana')).userId, (await person('kurt')).userId];
  const byHand = { actorId: null, correlationId: 'test' };
  await program.core.ledger.transact(users, jana, byHand, () => [
    { type: 'UserSuspended', data: { userId: jana, by: null } },
  ]);
  await program.core.ledger.transact(users, kurt, byHand, () => [{ type: 'UserDeleted', data: { userId: kurt } }]);
  await program.settled();
  expect(await bringIn('gone on', '[12:00] <ann> hi\n[12:01] <jana> bye\n[12:01] <kurt> bye')).toMatchObject({
    users: 2,
    messages: 3,
  });
});

test('a chain of nicknames is one person, and back again, and a known nickname stays whose it was', async () => {
  const text = [
    '[12:00] <gina> one',
    '=== gina is now known as gina|away',
    '=== gina|away is now known as gina{away}',
    '[12:01] <GINA[AWAY]> two',
    '=== gina{away} is now known as gina',
    '[12:02] <gina> three',
    '[12:03] <hans> four',
    '=== hans is now known as gina',
    '[12:04] <gina> five',
    '=== gina is now known as hans',
    '[12:05] <hans> six',
  ].join('\n');
  expect(await bringIn('chain', text)).toMatchObject({ users: 2, messages: 6 });
  const senders = await recorded(
    program.stores.events,
    'MessageSent',
    `messages-${derivedId('import', 'irc', 'chain')}`,
  );
  const [gina, hans] = [(await person('gina')).userId, (await person('hans')).userId];
  expect(senders.map(({ data }) => data.senderId)).toEqual([gina, gina, gina, hans, gina, hans]);
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
  const older = logOf('[12:00] <ingo> old', '2004-12-01.txt');
  await expect(bringIn('ordered', older, '[13:00] <ann> newer')).rejects.toThrow(
    '2004-12-01.txt has messages of 2004-12-01',
  );
  expect(await said('ordered')).toEqual(['new']);
  expect((await person('ingo')).status).toBe('unknown');
});

test('the owner is the one that was named, and the last topic describes the group', async () => {
  const { userId: ownerId } = await registerUser(program.core, meta(), { username: 'keeper' });
  const text = "[12:00] <ann> hi\n[12:01] *** ann changes topic to 'Welcome'";
  await importConversation(program.core, program.queries, program.settled, {
    source: 'irc',
    name: 'kept',
    ownerId,
    lines: logLines(logOf(text)),
  });
  const { members, described } = await program.core.ledger.load(conversations, derivedId('import', 'irc', 'kept'));
  expect(members.get(ownerId)).toBe('owner');
  expect(described).toMatchObject({ description: 'Welcome' });
});

// The people of the second group are known when both imports begin, so both find no group at the same moment.
test.each([
  ['at once', 30],
  ['at once again', 0],
])(
  'imports of the same logs at once, in one process or in two, add each line and person once: %s',
  async (name, users) => {
    const lines = Array.from(
      { length: 900 },
      (_, i) => `[12:${String(i % 60).padStart(2, '0')}] <p${i % 30}> line ${i}`,
    );
    const { core, queries, stores, settled } = program;
    const other = elsewhereOn(stores.events, core);
    const elsewhere = { ...core, ...other, numbers: createNumbers(other.ledger) };
    const wish = { source: 'irc', name, ownerId: null, lines: logLines(logOf(lines.join('\n'))) };
    let present = 0;
    const onPresent = () => {
      present += 1;
    };
    const counts = await Promise.all(
      [core, core, elsewhere, elsewhere].map((by) => importConversation(by, queries, settled, wish, { onPresent })),
    );
    await settled();
    const texts = await said(name);
    expect(new Set(texts).size).toBe(lines.length);
    expect(texts).toHaveLength(lines.length);
    const sum = (of: 'messages' | 'users') => counts.reduce((all, count) => all + count[of], 0);
    expect([sum('messages'), sum('users')]).toEqual([lines.length, users]);
    expect(await membersOf(name)).toHaveLength(30);
    expect(present).toBe(3 * lines.length);
  },
);
