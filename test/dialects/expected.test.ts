import { describe, expect, it } from 'vitest';
import { differences, filled } from './expected.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const compare = (expected: unknown, found: unknown) => differences(expected, found, 'body', new Map());

describe('what came is told from what was expected', () => {
  it.each<[unknown, unknown]>([
    [1, '1'],
    [null, undefined],
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ a: 1 }, {}],
    [{}, []],
    [[1], [1, 2]],
    [
      [1, 2],
      [2, 1],
    ],
    [{ $type: 'uuid' }, 'x'],
    [{ $type: 'int' }, 1.5],
    [{ $type: 'timestamp' }, '2024-11-13T05:11:49.926Z'],
    [{ $type: 'key' }, 'a'.repeat(39)],
    [{ $capture: 'x' }, undefined],
    [{ $matches: '^a' }, 'b'],
    [{ $contains: { a: 1 } }, { b: 1 }],
    [{ $unordered: [1, 2] }, [1, 1]],
    [{ $unordered: [1] }, [1, 2]],
  ])('%j is not %j', (expected, found) => {
    expect(compare(expected, found)).not.toEqual([]);
  });

  it.each<[unknown, unknown]>([
    [{ a: [1, null] }, { a: [1, null] }],
    [{ $type: 'uuid' }, ID],
    [{ $type: 'timestamp' }, '2024-11-13T05:11:49.926000Z'],
    [{ $contains: { a: { $type: 'int' } } }, { a: 1, b: 2 }],
    [{ $unordered: [{ $type: 'int' }, 'a'] }, ['a', 1]],
  ])('%j is %j', (expected, found) => {
    expect(compare(expected, found)).toEqual([]);
  });
});

it('a captured value is known to what comes later', () => {
  const known = new Map<string, unknown>();
  expect(differences({ id: { $capture: 'id', $type: 'int' } }, { id: 7 }, 'body', known)).toEqual([]);
  expect(filled({ path: '/x/{{id}}/', id: '{{id}}' }, known)).toEqual({ path: '/x/7/', id: 7 });
  expect(() => filled('{{other}}', known)).toThrow('other');
});
