import { afterAll, beforeAll, expect, test } from 'vitest';
import { readIrcLog } from '../../src/cli/ircLog.ts';
import { type Imported, importConversation } from '../../src/commands/importConversation.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { derivedId, digest, timedId } from '../../src/domain/ids.ts';
import { messages } from '../../src/domain/message.ts';
import { users } from '../../src/domain/user.ts';
import { openCore, plainMeta, type TestCore } from '../support/core.ts';
import { recorded } from '../support/log.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
});
afterAll(() => program.dispose());

const DAY = '2004-12-25';
const LOG = `${DAY}.txt`;

const bringIn = async (name: string, text: string): Promise<Imported> => {
  const logs = [{ source: LOG, lines: readIrcLog(text, DAY) }];
  const counts = await importConversation(
    program.core,
    program.queries,
    { source: 'irc', name, logs },
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
  expect(await bringIn('long', log)).toEqual({ lines: 3, messages: 5, users: 2, members: 1 });
  const texts = await said('long');
  expect(texts.map((text) => [...text].length)).toEqual([6, 8000, 8000, 4261, 5]);
  expect(texts.slice(1, 4).join('')).toBe(long);
  expect(texts.every((text) => text.isWellFormed())).toBe(true);
});

test('imported again it adds nothing, also where a line was imported whole before messages had a limit', async () => {
  expect(await bringIn('long', log)).toMatchObject({ messages: 0, users: 0, members: 0 });
  await bringIn('old', log.split('\n')[0]!);
  const conversationId = derivedId('import', 'irc', 'old');
  const at = `${DAY}T12:01:00.000Z`;
  const ann = derivedId('import', 'irc', 'old', 'ann');
  const { number } = await program.core.ledger.load(users, ann);
  expect((await program.core.ledger.load(conversations, conversationId)).exists).toBe(true);
  await program.core.messages.append(messages, conversationId, plainMeta(ann), () => [
    {
      type: 'MessageSent',
      data: {
        messageId: timedId(new Date(at), digest(conversationId, LOG, 2, 'ann', long)),
        conversationId,
        number,
        senderId: ann,
        kind: 'text',
        text: long,
        fileId: null,
        receiverId: null,
        sentAt: at,
      },
    },
  ]);
  await program.settled();
  expect(await bringIn('old', log)).toMatchObject({ messages: 1 });
  expect(await said('old')).toEqual(['before', long, 'after']);
});
