// What is kept of the name that the sender of a file gave.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileNameOf } from '../../src/domain/fileName.ts';
import { beginning } from '../../src/domain/texts.ts';

const FAMILY = '\u{1F468}\u200d\u{1F469}\u200d\u{1F467}';

test.each([
  ['grüße.txt', 'grüße.txt'],
  ['gru\u0308ße.txt', 'grüße.txt'],
  ['می\u200cخواهم.pdf', 'می\u200cخواهم.pdf'],
  [`${FAMILY}.png`, `${FAMILY}.png`],
  ['\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}.png', '\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}.png'],
  ['"a"; <b>|c?*:%41.txt', '"a"; <b>|c?*:%41.txt'],
  ['CON.txt', 'CON.txt'],
  ['.profile', '.profile'],
  ['a.', 'a.'],
  ['  two words.txt ', 'two words.txt'],
])('%j stays', (sent, name) => {
  expect(fileNameOf(sent)).toBe(name);
});

test.each([
  ['photo\u202egnp.exe', 'photognp.exe'],
  ['a\u2066b\u2069\u200f\u061c.txt', 'ab.txt'],
  ['one\ntwo\u2028three\u0085\0.txt', 'onetwothree.txt'],
  ['half \ud83d.txt', 'half \ufffd.txt'],
])('%j loses what turns or ends a line', (sent, name) => {
  expect(fileNameOf(sent)).toBe(name);
});

test.each(['', '/', 'folder/', '.', '..', '...', ' . ', '\u200d\u200b', '\u202e', '\u3164'])(
  '%j is no name: it is a file',
  (sent) => {
    expect(fileNameOf(sent)).toBe('file');
  },
);

test('what is no name before an extension keeps the extension', () => {
  expect(['\u202e.png', '\u200b.tar.gz'].map(fileNameOf)).toEqual(['file.png', 'file.tar.gz']);
});

test.each([
  ['after a letter', `${'x'.repeat(300)}.png`, `${'x'.repeat(196)}.png`],
  ['after an emoji of two units', `a${'\u{1F600}'.repeat(300)}.png`, `a${'\u{1F600}'.repeat(195)}.png`],
  ['after an emoji of five characters', `${FAMILY.repeat(100)}.png`, `${FAMILY.repeat(39)}.png`],
  ['after a letter with its accents', `${'e\u0323\u0301'.repeat(200)}.png`, `${'\u1eb9\u0301'.repeat(98)}.png`],
  ['before both extensions', `${'x'.repeat(300)}.tar.gz`, `${'x'.repeat(193)}.tar.gz`],
  ['before a long extension', `${'x'.repeat(300)}.${'y'.repeat(99)}`, `${'x'.repeat(100)}.${'y'.repeat(99)}`],
  ['in what is too long for an extension', `a.${'y'.repeat(300)}`, `a.${'y'.repeat(198)}`],
  ['in a single letter with too many accents', `q${'\u0301'.repeat(5000)}.png`, `q${'\u0301'.repeat(195)}.png`],
  ['behind the last separator', `${'d/'.repeat(5000)}${'x'.repeat(300)}.png`, `${'x'.repeat(196)}.png`],
])('a long name is cut %s', (_, sent, name) => {
  expect(fileNameOf(sent)).toBe(name);
});

test('a name is well-formed, short, one line, and its own name', () => {
  const unit = fc.constantFrom('a', '.', ' ', '/', '\ud83d', '\ude00', '\u200d', '\u202e', '\u0301', '\n', 'é');
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 400 }), (units) => {
      const name = fileNameOf(units.join(''));
      expect([...name].length).toBeLessThanOrEqual(200);
      expect([name.isWellFormed(), /[\p{Cc}\p{Bidi_Control}/]/u.test(name), name.trim() === '']).toEqual([
        true,
        false,
        false,
      ]);
      expect(fileNameOf(name)).toBe(name);
    }),
    { numRuns: 100 },
  );
});

test('the beginning of a text ends after a whole character', () => {
  expect(beginning(`ab${FAMILY}c`, 6)).toBe('ab');
  expect(beginning(`ab${FAMILY}c`, 7)).toBe(`ab${FAMILY}`);
  expect(beginning('abc', 3)).toBe('abc');
});
