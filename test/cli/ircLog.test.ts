import { expect, test } from 'vitest';
import { readIrcLog } from '../../src/cli/ircLog.ts';

test('a log of a channel is who joined and who said what, when', () => {
  const log = [
    '[23:58] <ann> hello',
    '=== ben has joined #chat',
    '[23:59] <ben> hi ann',
    '[23:59] * ann waves',
    '=== ben is now known as benny',
    '[00:01] <ann> a new day',
    '[00:02] -server- notice',
    '[00:03] <cleo>   ',
    'rubbish',
    '[00:04] <|odd`> [x] <y> z',
  ].join('\n');
  expect(readIrcLog(log, '2004-12-25')).toEqual([
    { line: 1, nick: 'ann', text: 'hello', at: '2004-12-25T23:58:00.000Z' },
    { line: 2, nick: 'ben', text: null, at: '2004-12-25T23:58:00.000Z' },
    { line: 3, nick: 'ben', text: 'hi ann', at: '2004-12-25T23:59:00.000Z' },
    { line: 4, nick: 'ann', text: '* ann waves', at: '2004-12-25T23:59:00.000Z' },
    { line: 6, nick: 'ann', text: 'a new day', at: '2004-12-26T00:01:00.000Z' },
    { line: 10, nick: '|odd`', text: '[x] <y> z', at: '2004-12-26T00:04:00.000Z' },
  ]);
});
