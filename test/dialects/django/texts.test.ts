// Times and names of files, as they stand on the wire.

import { expect, it } from 'vitest';
import { timestamp } from '../../../src/dialects/django/timestamps.ts';
import { distinctName } from '../../../src/dialects/shared/media.ts';

it.each([
  ['2024-11-13T05:11:49.926Z', '2024-11-13T05:11:49.926000Z'],
  ['2024-11-13T05:11:49.000Z', '2024-11-13T05:11:49Z'],
  ['2024-11-13T05:11:49Z', '2024-11-13T05:11:49Z'],
])('the time %s is shown as %s', (at, shown) => {
  expect(timestamp(at)).toBe(shown);
});

it.each([
  ['my file é (1).txt', 'my_file_é_1_7.txt'],
  ['../../etc/passwd', 'passwd_7'],
  ['C:\\pictures\\cat.png', 'cat_7.png'],
  ['..', 'file_7'],
  ['?', 'file_7'],
  ['.profile', '.profile_7'],
  ['\u{1F4F7}.png', 'file_7.png'],
  ['\u{1F468}\u200d\u{1F469}.png', 'file_7.png'],
  ['src.tar.gz', 'src_7.tar.gz'],
  ['नमस्ते.pdf', 'नमस्ते_7.pdf'],
  ['می\u200cخواهم.pdf', 'می\u200cخواهم_7.pdf'],
  [`${'a'.repeat(300)}.png`, `${'a'.repeat(96)}_7.png`],
])('a file sent as %j is at an address that ends with %j', (name, shown) => {
  expect(distinctName(name, '7')).toBe(shown);
});
