// The logs that people have: what is read of each, and what is counted instead.

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linesOf } from '../../src/cli/irc/linesOf.ts';
import { readIrcLog } from '../support/readIrcLog.ts';

/** Each line in short: the time without seconds that are 0, who, and what. */
const read = (text: string, name: string, timezone?: string): string[] =>
  readIrcLog(text, name, timezone).lines.map((line) => {
    const at = line.at.replace(':00.000Z', '').replace('.000Z', '').replace('T', ' ');
    if (line.kind === 'joined') return `${at} ${line.nick} joins`;
    if (line.kind === 'renamed') return `${at} ${line.nick} becomes ${line.to}`;
    return line.kind === 'topic' ? `${at} topic: ${line.text}` : `${at} ${line.nick}: ${line.text}`;
  });
const skipped = (text: string, name = '2020-01-02.log'): string[] =>
  readIrcLog(text, name).skipped.map(({ line, reason }) => `${line} ${reason}`);

const logs: readonly (readonly [client: string, name: string, text: string, lines: readonly string[]])[] = [
  [
    'the Ubuntu bots',
    '2004-12-25.txt',
    [
      '[23:58] <ann> hello',
      '=== ben has joined #chat',
      '[23:59]  * ann waves',
      '=== ben is now known as benny',
      '[00:01] <benny> a new day',
      '[00:04] <|odd`> [x] <y> z',
      '=== ann goes to bed',
      '=== nobody here',
    ].join('\n'),
    [
      '2004-12-25 23:58 ann: hello',
      '2004-12-25 23:58 ben joins',
      '2004-12-25 23:59 ann: * ann waves',
      '2004-12-25 23:59 ben becomes benny',
      '2004-12-26 00:01 benny: a new day',
      '2004-12-26 00:04 |odd`: [x] <y> z',
      '2004-12-26 00:04 ann: * ann goes to bed',
    ],
  ],
  [
    'irssi',
    '#chat.log',
    [
      '--- Log opened Thu Jan 02 15:04:05 2020',
      '15:04 -!- ann [~ann@host] has joined #chat',
      '15:04 -!- mode/#chan [+o ann] by ChanServ',
      '15:05 <@ann> hello',
      '15:05 < ben> padded',
      '15:06  * ann waves',
      '15:07 -!- ann changed the topic of #chat to: Welcome',
      '--- Day changed Fri Jan 03 2020',
      '00:10 -!- ben is now known as benny',
      '00:11 -!- benny [~b@host] has quit [Ping timeout: 180 seconds]',
      '00:12 -!- cleo was kicked from #chat by ann [spam]',
      '--- Log closed Fri Jan 03 00:13:00 2020',
    ].join('\n'),
    [
      '2020-01-02 15:04 ann joins',
      '2020-01-02 15:05 ann: hello',
      '2020-01-02 15:05 ben: padded',
      '2020-01-02 15:06 ann: * ann waves',
      '2020-01-02 15:07 topic: Welcome',
      '2020-01-03 00:10 ben becomes benny',
    ],
  ],
  [
    'WeeChat',
    'irc.libera.#chat.weechatlog',
    [
      '2020-01-02 15:04:05\t-->\tann (~ann@host) has joined #chat',
      '2020-01-02 15:04:06\t--\tMode #chat [+o ann] by ChanServ',
      '2020-01-02 15:05:00\t@ann\thello\tthere',
      '2020-01-02 15:05:01\t *\tann waves',
      '2020-01-02 15:05:02\t--\tann has changed topic for #chat from "old" to "Welcome"',
      '2020-01-02 15:05:03\t--\tann is now known as anna',
      '2020-01-03 00:00:00\t+anna\ta new day',
      '2020-01-03 00:00:01\t<--\tanna (~ann@host) has quit (Quit: bye)',
    ].join('\n'),
    [
      '2020-01-02 15:04:05 ann joins',
      '2020-01-02 15:05 ann: hello\tthere',
      '2020-01-02 15:05:01 ann: * ann waves',
      '2020-01-02 15:05:02 topic: Welcome',
      '2020-01-02 15:05:03 ann becomes anna',
      '2020-01-03 00:00 anna: a new day',
    ],
  ],
  [
    'ZNC',
    '#chat_20200102.log',
    [
      '[15:04:05] *** Joins: ann (~ann@host)',
      '[15:04:06] *** ann sets mode: +o ben',
      '[15:04:07] <ann> hello',
      '[15:04:08] * ann waves',
      "[15:04:09] *** ann changes topic to 'Welcome'",
      '[15:04:10] *** ben is now known as benny',
      '[15:04:11] *** Quits: benny (~ben@host) (bye)',
      '[15:04:12] -services- a notice',
    ].join('\n'),
    [
      '2020-01-02 15:04:05 ann joins',
      '2020-01-02 15:04:07 ann: hello',
      '2020-01-02 15:04:08 ann: * ann waves',
      '2020-01-02 15:04:09 topic: Welcome',
      '2020-01-02 15:04:10 ben becomes benny',
    ],
  ],
  [
    'mIRC',
    '#chat.log',
    [
      'Session Start: Thu Jan 02 15:04:05 2020',
      'Session Ident: #chat',
      '[15:04] * Now talking in #chat',
      '[15:04] * ann (~ann@host) has joined #chat',
      '[15:05] <@ann> \x0304,01hel\x03lo\x02!\x0f',
      '[15:05] * ann has left the building',
      '[15:06] * ann sets mode: +o ben',
      "[15:06] * ann changes topic to 'Welcome'",
      '[15:07] * ben is now known as benny',
      '[15:08] * benny (~b@host) Quit (Ping timeout)',
      'Session Time: Fri Jan 03 00:00:00 2020',
      '[00:01] <ann> a new day',
    ].join('\r\n'),
    [
      '2020-01-02 15:04 ann joins',
      '2020-01-02 15:05 ann: hello!',
      '2020-01-02 15:05 ann: * ann has left the building',
      '2020-01-02 15:06 topic: Welcome',
      '2020-01-02 15:07 ben becomes benny',
      '2020-01-03 00:01 ann: a new day',
    ],
  ],
  [
    'HexChat',
    '#chat.log',
    [
      '**** BEGIN LOGGING AT Tue Dec 31 23:50:00 2019',
      'Dec 31 23:58:05 *\tann (~ann@host) has joined',
      'Dec 31 23:58:06 <ann>\thello',
      'Dec 31 23:58:07 *\tann waves',
      'Jan 01 00:00:01 <ann>\ta new year',
      '**** ENDING LOGGING AT Wed Jan  1 00:10:00 2020',
    ].join('\n'),
    [
      '2019-12-31 23:58:05 ann joins',
      '2019-12-31 23:58:06 ann: hello',
      '2019-12-31 23:58:07 ann: * ann waves',
      '2020-01-01 00:00:01 ann: a new year',
    ],
  ],
  [
    'Textual',
    '2020-01-02.txt',
    [
      '[2020-01-02T15:04:05+0100] ann (~ann@host) joined the channel',
      '[2020-01-02T15:04:06+0100] <ann> hello',
      '[2020-01-02T15:04:07+0100] \u2022 ann: waves',
    ].join('\n'),
    ['2020-01-02 14:04:05 ann joins', '2020-01-02 14:04:06 ann: hello', '2020-01-02 14:04:07 ann: * ann waves'],
  ],
  [
    'the bot of the W3C',
    '2020-01-02-css-irc.txt',
    [
      '15:04:05 ann has joined #css',
      '15:04:06 <ann> hello',
      '15:04:07 * ann waves',
      '15:04:08 ann has changed the topic to: Agenda',
      '15:04:09 ann has left #css',
    ].join('\n'),
    [
      '2020-01-02 15:04:05 ann joins',
      '2020-01-02 15:04:06 ann: hello',
      '2020-01-02 15:04:07 ann: * ann waves',
      '2020-01-02 15:04:08 topic: Agenda',
    ],
  ],
];

const more: typeof logs = [
  [
    'irssi in another language, whose day nobody can read once',
    '#chat.log',
    [
      '--- Log opened Mo Dez 30 23:59:00 2019',
      '23:59 <ann> hello',
      '--- Day changed mer. avril 15 2020',
      '00:01 <ann> spring',
      '--- Day changed someday',
      '00:02 <ann> lost',
      '--- Day changed 2020-05-01',
      '00:03 <ann> found',
    ].join('\n'),
    ['2019-12-30 23:59 ann: hello', '2020-04-15 00:01 ann: spring', '2020-05-01 00:03 ann: found'],
  ],
  [
    'HexChat, with what it tells its own user and the modes in its words',
    '2020-01-02.log',
    [
      'Jan 02 15:04:05 *\tNow talking on #chat',
      'Jan 02 15:04:05 *\tTopic for #chat is: Welcome',
      'Jan 02 15:04:05 *\tTopic for #chat set by ann (Thu Jan  2 15:00:00 2020)',
      'Jan 02 15:04:06 *\tann gives channel operator status to ben',
      'Jan 02 15:04:06 *\tann removes ban on *!*@host',
      'Jan 02 15:04:07 -ann-\ta notice',
      'Jan 02 15:04:07 -ann/#chat-\ta notice',
      'Jan 02 15:04:08 *\tYou are now known as cleo',
      'Jan 02 15:04:08 *\tDisconnected (Connection reset)',
      'Jan 02 15:04:09 ---\tben is now known as benny',
      'Jan 02 15:04:10 *\tbenny gives up',
    ].join('\n'),
    ['2020-01-02 15:04:09 ben becomes benny', '2020-01-02 15:04:10 benny: * benny gives up'],
  ],
  [
    'mIRC, whose user was kicked and came back',
    '2020-01-02.log',
    [
      '[15:04] * You were kicked by ann (spam)',
      '[15:04] * Attempting to rejoin channel #chat',
      '[15:04] * Rejoined channel #chat',
      '[15:05] * ben was kicked by ann (spam)',
      '[15:05] * ben (~b@host) has joined #chat',
      '[15:06] <ben> again',
    ].join('\r\n'),
    ['2020-01-02 15:05 ben joins', '2020-01-02 15:06 ben: again'],
  ],
  [
    'Textual, with those who left',
    '2020-01-02.txt',
    [
      '[2020-01-02T15:04:05+0530] ann (~ann@host) left IRC (Quit: bye)',
      '[2020-01-02T15:04:05+0530] ben kicked cleo from the channel (spam)',
      '[2020-01-02T15:04:05+0530] Topic is Welcome',
      '[2020-01-02T15:04:06.789+05:30] <ann> hello',
    ].join('\n'),
    ['2020-01-02 09:34:06 ann: hello'],
  ],
  [
    'an older WeeChat',
    'chat.log',
    '2009 Jan 02 15:04:05\t@ann\thello\n2009 Jan 02 15:04:06\t=!=\tirc: an error',
    ['2009-01-02 15:04:05 ann: hello'],
  ],
  [
    'the bot of the W3C, which says what people do, in its folders',
    'www.w3.org/2020/01/02-css-irc.txt',
    [
      '15:04:05 <ann> ann has joined #css',
      '15:04:06 <ann> ben has left #css',
      '15:04:07 <ann> ann has changed the topic to: Agenda',
      '15:04:08 <ann> ann has left #css',
      '15:04:09 <ann> ann has left the building',
    ].join('\n'),
    [
      '2020-01-02 15:04:05 ann joins',
      '2020-01-02 15:04:06 ann: ben has left #css',
      '2020-01-02 15:04:07 topic: Agenda',
      '2020-01-02 15:04:09 ann: ann has left the building',
    ],
  ],
  [
    'the Ubuntu bots, in their folders',
    '/srv/2019-01-01/2020/01/02/#ubuntu.txt',
    '[15:04] <ann> hello',
    ['2020-01-02 15:04 ann: hello'],
  ],
];

test.each([...logs, ...more])('a log of %s', (_, name, text, lines) => {
  expect(read(text, name)).toEqual(lines);
});

describe('a line', () => {
  test.each([
    ['with a line separator inside', '[10:00] <ann> one\u2028two', 'ann: one\u2028two'],
    ['with two spaces before the star', '[10:00]  *  ann waves', 'ann: * ann waves'],
    ['with seconds', '[10:00:59] <ann> hi', 'ann: hi'],
    ['of the afternoon', '[03:04pm] <ann> hi', 'ann: hi'],
    ['of an operator', '[10:00] <~ann> hi', 'ann: hi'],
    ['of an operator with a voice', '[10:00] <@+ann> hi', 'ann: hi'],
    ['with the name of its zone', '[2020-01-02 10:00:00 UTC] <ann> hi', 'ann: hi'],
    ['of a voiced user', '[10:00] <+ann> hi', 'ann: hi'],
    ['with spaces on both sides of the nickname', '[10:00] <  ann  > hi', 'ann: hi'],
    ['with a tab behind the nickname', '[10:00] <ann \t> hi', 'ann: hi'],
    ['with a tab and a space behind the nickname', '[10:00] <ann\t > hi', 'ann: hi'],
    ['with a carriage return', '[10:00] <ann> hi\r', 'ann: hi'],
    ['with the colours of a terminal', '[10:00] \x1b[1;31m<ann>\x1b[0m hi', 'ann: hi'],
    ['that quotes an event', '[10:00] <ann> ben has joined #chat', 'ann: ben has joined #chat'],
  ])('%s is read whole', (_, line, said) => {
    const [only, ...more] = read(line, '2020-01-02.log');
    expect(more).toEqual([]);
    expect(only?.slice(only.indexOf('ann:'))).toBe(said);
  });

  test('takes time as it is long: spaces and tabs without end hold up no import', () => {
    for (const space of [' ', '\t', '\t '])
      expect(skipped(`[10:00] <ann${space.repeat(200_000)}<`, '2020-01-02.log')).toEqual(['1 unknown']);
  });

  test('that is not recorded is counted under a reason', () => {
    const text = [
      '[10:00] <ann> hi',
      '[10:00] <ann> \u200b \u3164',
      '=== ben [n=ben@host] has left #chat []',
      '[10:01] -server- notice',
      'rubbish',
      '<ann> said at no time',
    ].join('\n');
    expect(skipped(text)).toEqual(['2 blank', '3 left', '4 notice', '5 unknown', '6 undated']);
  });

  test('of a day that is none, or that nobody says, stops nothing', () => {
    expect(skipped('[10:00] <ann> hi', '2020-02-30.log')).toEqual(['1 undated']);
    expect(skipped('[10:00] <ann> hi', 'chat.log')).toEqual(['1 undated']);
    expect(skipped('--- Day changed someday\n[10:00] <ann> hi')).toEqual(['1 undated', '2 undated']);
    expect(read('[25:00] <ann> when?\n[10:00] <ann> hi', '2020-01-02.log')).toHaveLength(1);
  });
});

test('times are those of the time zone, through a change of the clocks', () => {
  const text = '[01:30] <ann> winter\n[03:30] <ann> summer';
  expect(read(text, '2020-03-29.log', 'Europe/Berlin')).toEqual([
    '2020-03-29 00:30 ann: winter',
    '2020-03-29 01:30 ann: summer',
  ]);
});

test('an hour that comes twice in autumn goes on', () => {
  const text = '[02:10] <ann> first\n[02:50] <ann> first\n[02:10] <ann> second\n[03:00] <ann> winter';
  expect(read(text, '2020-10-25.log', 'Europe/Berlin')).toEqual([
    '2020-10-25 00:10 ann: first',
    '2020-10-25 00:50 ann: first',
    '2020-10-25 01:10 ann: second',
    '2020-10-25 02:00 ann: winter',
  ]);
});

test('a time hours before the last one is of the next day, and one a moment before is not', () => {
  expect(read('[20:00] <ann> a\n[19:59] <ben> b\n[09:00] <ann> c', '2020-01-02.log')).toEqual([
    '2020-01-02 20:00 ann: a',
    '2020-01-02 19:59 ben: b',
    '2020-01-03 09:00 ann: c',
  ]);
});

test.each(['\r', '\n', '\r\n', '\r\r\n', '\n\r'])('lines may end with %j, also among others', (end) => {
  const text = `[10:00] <ann> a${end}[10:01] <ann> b${end}`;
  const said = (whole: string) => readIrcLog(whole, '2020-01-02.log').lines.map((line) => 'text' in line && line.text);
  expect(said(text)).toEqual(['a', 'b']);
  expect(said(`${text}[10:02] <ann> c\n`)).toEqual(['a', 'b', 'c']);
  expect(said(`[09:59] <ann> c\r\n${text}`)).toEqual(['c', 'a', 'b']);
});

/** The lines in bytes that come in chunks of some size. */
const textOf = async (bytes: Uint8Array, encoding?: string, chunk = bytes.length): Promise<string> => {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  return (await Array.fromAsync(linesOf(chunks(), encoding)))
    .flat()
    .join('\n')
    .replace(/^\ufeff/, '');
};

describe('the bytes of a log', () => {
  const text = '[10:00] <ann> grüße, سلام';
  const utf16 = (order: 'le' | 'be'): Buffer => {
    const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
    return order === 'le' ? bytes : bytes.swap16();
  };
  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16, little end first', utf16('le')],
    ['UTF-16, big end first', utf16('be')],
    ['UTF-16 without its mark', utf16('le').subarray(2)],
    ['UTF-16 without its mark, big end first', utf16('be').subarray(2)],
    ['gzip of UTF-16', gzipSync(utf16('le'))],
    ['gzip', gzipSync(text)],
  ])('are known by themselves: %s', async (_, bytes) => {
    for (const chunk of [1, 3, bytes.length])
      expect(readIrcLog(await textOf(bytes, undefined, chunk), '2020-01-02.log').lines).toMatchObject([
        { text: 'grüße, سلام' },
      ]);
  });

  test.each(['\n', '\r\n', '\r'])('of an old line among new ones are Windows-1252: lines end with %j', async (end) => {
    const lines = [Buffer.from(`grüße${end}`), Buffer.from(`grüße${end}`, 'latin1'), Buffer.from(`سلام${end}`)];
    const bytes = Buffer.concat([...lines, Buffer.from('ende')]);
    for (const chunk of [1, 2, 5, bytes.length])
      expect(await textOf(bytes, undefined, chunk)).toBe('grüße\ngrüße\nسلام\nende');
  });

  test('are the same lines in whatever chunks they come', async () => {
    const piece = fc.constantFrom('\n', '\r', '\r\n', 'a', 'ü', '\ufeff', '😀', '');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 1, max: 9 }), async (pieces, chunk) => {
        const text = `xx${pieces.join('')}x`;
        const lines = text.split(/(?<!\r)\r*\n|\r/).join('\n');
        expect(await textOf(Buffer.from(text), undefined, chunk)).toBe(lines);
      }),
    );
  });

  test('with a line that no log has are refused, before all of it is in memory', async () => {
    let given = 0;
    async function* endless() {
      for (const million = Buffer.alloc(1_000_000, 'x'); ; given++) yield million;
    }
    for (const encoding of [undefined, 'windows-1252']) {
      given = 0;
      await expect(Array.fromAsync(linesOf(endless(), encoding))).rejects.toThrow('a line of more than 10 million');
      expect(given).toBeLessThan(50);
    }
  });

  test('are of the encoding that is named', async () => {
    expect(await textOf(Buffer.from('\ufeffgrüße'), 'windows-1252')).toBe('grüße');
    expect(await textOf(Buffer.from([0xd0, 0xd2, 0xc9]), 'koi8-r')).toBe('при');
    await expect(textOf(Buffer.from('x'), 'morse')).rejects.toThrow("no encoding 'morse'");
    await expect(textOf(Buffer.from([0x1f, 0x8b, 0]))).rejects.toThrow('cannot be unpacked');
    await expect(textOf(Buffer.from('BZh91AY'))).rejects.toThrow('packed with bzip2');
  });
});
