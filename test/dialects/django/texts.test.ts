// Times and names of files, as they stand on the wire.

import { expect, it } from 'vitest';
import { timestamp } from '../../../src/dialects/django/timestamps.ts';
import { cleanName, distinctName } from '../../../src/dialects/shared/media.ts';

it.each([
  ['2024-11-13T05:11:49.926Z', '2024-11-13T05:11:49.926000Z'],
  ['2024-11-13T05:11:49.000Z', '2024-11-13T05:11:49Z'],
  ['2024-11-13T05:11:49Z', '2024-11-13T05:11:49Z'],
])('the time %s is shown as %s', (at, shown) => {
  expect(timestamp(at)).toBe(shown);
});

it.each([
  ['my file é (1).txt', 'my_file_é_1.txt'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\pictures\\cat.png', 'cat.png'],
  ['..', ''],
  ['?', ''],
  ['.profile', '.profile'],
])('a file sent as %j is named %j', (name, clean) => {
  expect(cleanName(name)).toBe(clean);
});

it('overlong names are cut before their extension', () => {
  expect(cleanName(`${'a'.repeat(300)}.png`)).toBe(`${'a'.repeat(96)}.png`);
});

it('a second file of a name is told apart before its extension', () => {
  expect(distinctName('x.png', 'Ab3dEf7')).toBe('x_Ab3dEf7.png');
  expect(distinctName('x', 'Ab3dEf7')).toBe('x_Ab3dEf7');
  expect(distinctName('?', 'Ab3dEf7')).toBe('file_Ab3dEf7');
});
