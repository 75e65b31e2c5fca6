// Names are compared as people read them, and texts are blank when nobody sees anything.

import { describe, expect, test } from 'vitest';
import { canonical, searchable } from '../../src/domain/names.ts';
import { asOneLine, isBlank, isOneLine } from '../../src/domain/texts.ts';

const kinds = ['username', 'slug', 'group'] as const;

describe.each(kinds)('two names of a %s are one', (kind) => {
  test.each([
    ['in another letter case', 'Ada', 'aDA'],
    ['with a sharp s', 'straße', 'STRASSE'],
    ['with a sigma at the end', 'ΟΔΟΣ', 'οδος'],
    ['in another Unicode form', 'ren\u00e9', 'rene\u0301'],
    ['with a ligature', '\ufb01nn', 'finn'],
    ['in full width', '\uff41da', 'ada'],
    ['with spaces around', ' ada ', 'ada'],
    ['with a grapheme joiner inside', 'a\u034fda', 'ada'],
    ['with a variation selector', 'ada\ufe0f', 'ada'],
    ['with a Hangul filler', 'ada\u3164', 'ada'],
    ['with an empty Braille pattern', 'a\u2800da', 'ada'],
    ['with a zero-width joiner', 'a\u200dda', 'ada'],
    ['of Cyrillic letters', '\u0430d\u0430', 'ada'],
    ['of Greek letters', '\u03bd\u03bf', 'vo'],
    ['with digits for letters', 'l33t10', 'l33tlO'],
    ['of mathematical letters', '\ud835\udcb6da', 'ada'],
    ['with a Persian or an Arabic yeh', 'علی', 'علي'],
    ['with a Persian or an Arabic kaf', 'کاوه', 'كاوه'],
    ['with letters that join to another', 'modern', 'modem'],
  ])('%s', (_, one, other) => {
    expect(canonical(kind, one)).toBe(canonical(kind, other));
  });

  test.each([
    ['ada', 'adam'],
    ['ada', 'eda'],
    ['سارا', 'دارا'],
    ['user-1', 'user-2'],
    ['日本', '日木'],
  ])('but not %s and %s', (one, other) => {
    expect(canonical(kind, one)).not.toBe(canonical(kind, other));
  });
});

test.each(['Ada', 'straße', '\u0430d\u0430', 'علي', 'l33t10', 'M\u00fcller'])(
  'canonical twice is canonical once: %s',
  (name) => {
    const once = canonical('username', name);
    expect(canonical('username', once)).toBe(once);
  },
);

test('a search finds what begins with what was typed, in any letter case and with either yeh', () => {
  expect(searchable('Modern').startsWith(searchable('MOD'))).toBe(true);
  expect(searchable('Modern').startsWith(searchable('rn'))).toBe(false);
  expect(searchable('علیرضا').startsWith(searchable('علي'))).toBe(true);
});

test.each([
  '',
  ' ',
  '\t\n',
  '\u00a0',
  '\u200b',
  '\u200c\u200d',
  '\u2060',
  '\ufeff',
  '\u3164',
  '\u115f',
  '\u2800',
  '\u034f',
  '\ufe0f',
  '\u202e',
  '\0',
])('%j is blank', (text) => {
  expect(isBlank(text)).toBe(true);
  expect(isBlank(`${text}.${text}`)).toBe(false);
});

test.each(['a\nb', 'a\rb', 'a\tb', 'a\0b', 'a\u0085b', 'a\u2028b', 'a\u2029b', 'a\u001bb'])(
  '%j is not one line',
  (text) => {
    expect(isOneLine(text)).toBe(false);
    expect(asOneLine(text)).toBe('a b');
  },
);

test.each(['می‌خواهم', 'family 👩\u200d👧', 'plain'])('%j is one line', (text) => {
  expect(isOneLine(text)).toBe(true);
});

describe('a phone number', () => {
  test.each([
    '+49 30 1234567',
    '+49 (0) 30 1234567',
    '0049301234567',
    '0049 (0)30 / 123-45.67'.replace('/', ''),
    '+٤٩ ٣٠ ١٢٣٤٥٦٧',
    '+۴۹۳۰۱۲۳۴۵۶۷',
    '\uff0b49\uff13\uff10 1234567',
    '\u200e+49 30 1234567',
  ])('is one, typed as %s', (typed) => {
    expect(canonical('phone', typed)).toBe('+49301234567');
  });

  test.each([
    ['0912 123 4567', '09121234567'],
    ['۰۹۱۲۱۲۳۴۵۶۷', '09121234567'],
    ['+1234', '+1234'],
    ['+999 123456789', '+999123456789'],
    ['123', '123'],
  ])('of one country, or of none, is its digits: %s', (typed, digits) => {
    expect(canonical('phone', typed)).toBe(digits);
  });

  test('of another person is another one', () => {
    expect(canonical('phone', '+49 30 1234567')).not.toBe(canonical('phone', '+49 30 1234568'));
    expect(canonical('phone', '+39 06 1234567')).not.toBe(canonical('phone', '+39 6 1234567'));
  });
});
