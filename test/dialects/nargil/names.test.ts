import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSlug, slugFor } from '../../../src/dialects/nargil/forms.ts';
import { readFrame, tehranTime } from '../../../src/dialects/nargil/frames.ts';
import { profileId } from '../../../src/dialects/nargil/identities.ts';
import { meaningOf } from '../../../src/dialects/nargil/privateChats.ts';
import type { User } from '../../../src/domain/user.ts';
import type { Services } from '../../../src/services.ts';

describe('the two ids of a person', () => {
  test('each follows from the other, and they differ', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(profileId(profileId(id))).toBe(id);
        expect(profileId(id)).not.toBe(id);
        expect(profileId(id)[14]).toBe(id[14]);
      }),
    );
  });
});

describe('a slug', () => {
  test.each([
    ['arash', '', 'arash'],
    ['arash', 'My Slug', 'MySlug'],
    ['سلام خوش آمدید', '', 'slamkhvshmdyd'],
    ['چای و قهوه', '', 'chayvghhvh'],
    ['كي', 'x', 'x'],
    ['a.b', '', 'ab'],
    ['name', '!!!', 'name'],
  ])('of %s, sent as %j, is %s', (name, sent, slug) => {
    expect(slugFor(name, sent)).toBe(slug);
  });
  test('always fits into a path, and is the same for the same name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (name, sent) => {
        expect(isSlug(slugFor(name, sent))).toBe(true);
        expect(slugFor(name, sent)).toBe(slugFor(name, sent));
      }),
    );
  });
});

test('a name longer than two usernames is nobody’s chat, and is looked up nowhere', async () => {
  const nothing = {} as unknown as Services;
  const name = `private_chat_${'a'.repeat(150)}_${'b'.repeat(151)}`;
  expect(await meaningOf(nothing, name, {} as User)).toBe('free');
  await expect(meaningOf(nothing, name.slice(1), {} as User)).rejects.toThrow(TypeError);
});

test.each([
  ['2026-11-21T07:37:21.491Z', '2026-11-21T11:07:21.491000+03:30'],
  ['2024-12-31T20:30:00.000Z', '2025-01-01T00:00:00+03:30'],
])('%s is %s in Tehran', (at, local) => {
  expect(tehranTime(at)).toBe(local);
});

describe('a frame', () => {
  const read = (frame: unknown, isLenient = false) => readFrame(Buffer.from(JSON.stringify(frame)), false, isLenient);
  const file = (data: string) => read({ file: data, filename: 'a.png' })?.file;

  test('holds a text, and what clients send beside it is passed by', () => {
    expect(read({ message: 'hello', avatar_url: '/x', timestamp: '2024-11-03 08:04:40' })).toEqual({
      text: 'hello',
      file: undefined,
      recipient: undefined,
    });
  });
  test('holds a file, with or without a data URL', () => {
    const content = Buffer.from('PNG!');
    const text = content.toString('base64');
    expect(file(text)).toEqual({ name: 'a.png', mediaType: 'image/png', content });
    expect(file(`data:image/jpeg;base64,${text}`)).toEqual({ name: 'a.png', mediaType: 'image/jpeg', content });
    expect(file(`data:;base64,${text}`)?.mediaType).toBe('image/png');
  });
  test('holds a file in which white space stands, as mail programs put it', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.array(fc.constantFrom('', ' ', '\r\n', '\t')),
        (bytes, spaces) => {
          const letters = [...Buffer.from(bytes).toString('base64')];
          const text = letters.map((letter, i) => (spaces[i] ?? '') + letter).join('');
          fc.pre(text !== '');
          expect(file(`${text} `)?.content).toEqual(Buffer.from(bytes));
        },
      ),
    );
  });
  test('holds both', () => {
    expect(
      read({ message: 'see', file: 'AAAA', filename: 'x', recipient: '5c4f39fb8cc04229813f0b2b367edcff' }),
    ).toEqual({
      text: 'see',
      file: { name: 'x', mediaType: 'application/octet-stream', content: Buffer.alloc(3) },
      recipient: '5c4f39fb-8cc0-4229-813f-0b2b367edcff',
    });
  });
  test.each(['12345678901234567890', '1.0', '-0', '1e400', '7'])('holds the number %s as it was sent', (digits) => {
    expect(readFrame(Buffer.from(`{"message":${digits}}`), false, false)?.text).toBe(digits);
  });
  test.each([[{ message: '' }], [{ message: '  ', file: null }], [{ message: '\u200d\u3164' }], [{ type: 'x' }]])(
    '%j says nothing',
    (frame) => {
      expect(read(frame)).toBeUndefined();
    },
  );
  test.each([
    [[1]],
    [null],
    [7],
    [{}],
    [{ message: true }],
    [{ file: 'AAAA' }],
    [{ file: 7, filename: 'x' }],
    [{ file: 'AAA', filename: 'x' }],
    [{ file: '@@@@', filename: 'x' }],
    [{ file: 'A\u0141AA', filename: 'x' }],
    [{ file: 'AA==AAAA', filename: 'x' }],
    [{ file: 'A===', filename: 'x' }],
    [{ file: 'AAA A A', filename: 'x' }],
  ])('%j is none', (frame) => {
    expect(() => read(frame)).toThrow();
  });
  test('of a private chat may hold nothing', () => {
    expect(read({}, true)).toBeUndefined();
  });
  test('is text that is JSON', () => {
    expect(() => readFrame(Buffer.from('{'), false, true)).toThrow();
    expect(() => readFrame(Buffer.from('{"message":"x"}'), true, true)).toThrow();
  });
});
