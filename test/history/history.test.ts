// What the log keeps of events: a chain that shows every change, and nothing private that a key does not open.

import { randomBytes, randomUUID, webcrypto } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hashIn, isChained, NO_HASH } from '../../src/history/chain.ts';
import { decrypt, encrypt } from '../../src/history/cipher.ts';
import { copyKeys, placesNamed } from '../../src/history/copyKeys.ts';
import { createHistory } from '../../src/history/history.ts';
import { openPseudonyms } from '../../src/history/pseudonyms.ts';
import {
  Conflict,
  type Draft,
  type EventStore,
  type History,
  KEY_BYTES,
  type KeyStore,
  NO_STREAM,
  type Recorded,
} from '../../src/store/ports.ts';
import { type NewHistory, newHistory, newKeys } from '../support/history.ts';
import { instead } from '../support/instead.ts';

let opened: NewHistory;
let recorded: EventStore;
let keys: KeyStore;
let history: History;
beforeAll(async () => {
  opened = await newHistory();
  ({ recorded, keys, history } = opened);
});
afterAll(() => opened.close());

const freshStream = (): string => `messages-${randomUUID()}`;
const draft = (text: string, subject: string | null = randomUUID(), alone = true): Draft => ({
  id: randomUUID(),
  type: 'MessageSent',
  data: '{"number":1}',
  meta: '{"v":1}',
  private: { text: JSON.stringify({ text }), subject, alone },
});
const plain = (): Draft => ({ id: randomUUID(), type: 'MemberJoined', data: '{"userId":"u"}', meta: '{"v":1}' });
const openedIn = async (stream: string, reader: Pick<History, 'readStream'> = history) =>
  (await reader.readStream(stream)).map(({ opened }) => opened);

/** The place of the first event that does not fit the chain; undefined: all do. */
const brokenAt = (events: readonly Recorded[]): number | undefined => {
  let before = NO_HASH;
  for (const [at, event] of events.entries()) {
    if (event.revision !== at || !isChained(before, event)) return at;
    before = hashIn(event.meta)!;
  }
  return undefined;
};

describe('the chain of a stream', () => {
  let events: readonly Recorded[];
  beforeAll(async () => {
    const stream = freshStream();
    await history.append(stream, NO_STREAM, [draft('a'), plain()]);
    await history.append(stream, 1, [draft('b')]);
    // A process that has not read the stream before.
    await createHistory(recorded, keys, () => 0).append(stream, 2, [plain(), draft('c')]);
    await history.append(stream, 4, [draft('d')]);
    events = await recorded.readStream(stream);
  });

  test('holds, whoever appends', () => {
    expect(events).toHaveLength(6);
    expect(brokenAt(events)).toBeUndefined();
  });

  test.each<[string, (events: Recorded[]) => void]>([
    ['a byte of the content', (all) => all.splice(2, 1, { ...all[2]!, data: all[2]!.data.replace('1', '2') })],
    ['a byte of the metadata', (all) => all.splice(2, 1, { ...all[2]!, meta: all[2]!.meta.replace('1', '2') })],
    ['the type', (all) => all.splice(2, 1, { ...all[2]!, type: 'MessageLost' })],
    ['the id', (all) => all.splice(2, 1, { ...all[2]!, id: randomUUID() })],
    ['the stream', (all) => all.splice(2, 1, { ...all[2]!, stream: freshStream() })],
    ['a hash that is gone', (all) => all.splice(2, 1, { ...all[2]!, meta: '{"v":1}' })],
    ['an event that is gone', (all) => all.splice(2, 1)],
    ['two that changed places', (all) => all.splice(2, 2, { ...all[3]!, revision: 2 }, { ...all[2]!, revision: 3 })],
    ['one that was put in', (all) => all.splice(2, 0, all[1]!)],
  ])('shows %s', (_, change) => {
    const changed = [...events];
    change(changed);
    expect(brokenAt(changed)).toBe(2);
  });

  test('goes on after another process was first', async () => {
    const stream = freshStream();
    const other = createHistory(recorded, keys, () => 0);
    await history.append(stream, NO_STREAM, [plain()]);
    await other.append(stream, 0, [plain()]);
    await expect(history.append(stream, 0, [plain()])).rejects.toBeInstanceOf(Conflict);
    await expect(history.append(stream, 5, [plain()])).rejects.toBeInstanceOf(Conflict);
    await history.append(stream, 1, [plain()]);
    expect(brokenAt(await recorded.readStream(stream))).toBeUndefined();
  });

  test('goes on without another read from an end that was read as it lies', async () => {
    const stream = freshStream();
    await history.append(stream, NO_STREAM, [plain(), draft('a')]);
    const readStream = vi.fn(recorded.readStream);
    const other = createHistory(instead(recorded, { readStream }), keys, () => 0);
    await other.recorded.readStream(stream);
    await other.append(stream, 1, [plain()]);
    expect(readStream).toHaveBeenCalledTimes(1);
    expect(brokenAt(await recorded.readStream(stream))).toBeUndefined();
  });
});

describe('a private part', () => {
  test('is open to the program, and in no byte of the log', async () => {
    const stream = freshStream();
    await history.append(stream, NO_STREAM, [draft('canary'), plain(), draft('of nobody', null)]);
    const wanted = ['{"text":"canary"}', undefined, '{"text":"of nobody"}'];
    expect(await openedIn(stream)).toEqual(wanted);
    expect(
      await openedIn(
        stream,
        createHistory(recorded, keys, () => 0),
      ),
    ).toEqual(wanted);
    expect(JSON.stringify(await recorded.readStream(stream))).not.toContain('canary');
  });

  test('is open to followers, and pages of the log', async () => {
    const stream = freshStream();
    const { position } = await history.append(stream, NO_STREAM, [draft('live')]);
    const [[read]] = [await history.readLog(position - 1, 1)];
    expect(read!.opened).toBe('{"text":"live"}');
    for await (const [followed] of history.follow(position - 1, new AbortController().signal)) {
      expect(followed!.opened).toBe('{"text":"live"}');
      break;
    }
  });

  const subject = randomUUID();
  const others = randomUUID();

  test.each<[string, (mine: readonly Recorded[]) => readonly { block: string; slot: number }[], readonly unknown[]]>([
    [
      'of a person is closed when the key of the person is destroyed',
      () => [{ block: subject, slot: 0 }],
      [null, null, '{"text":"c"}'],
    ],
    [
      'is closed alone when its own key is destroyed',
      (mine) => placesNamed(mine.slice(0, 1)).filter(({ block }) => block !== subject),
      [null, '{"text":"b"}', '{"text":"c"}'],
    ],
  ])('%s', async (_, places, left) => {
    const own = await newKeys();
    const stream = freshStream();
    const before = createHistory(recorded, own, () => 0);
    await before.append(stream, NO_STREAM, [draft('a', subject), draft('b', subject, false), draft('c', others)]);
    await own.destroy(places(await recorded.readStream(stream)));
    const after = createHistory(recorded, own, () => 0);
    expect(await openedIn(stream, after)).toEqual(left);
    expect(brokenAt(await recorded.readStream(stream))).toBeUndefined();
    await own.close();
  });

  test('of a person whose key was destroyed is never recorded again', async () => {
    const gone = randomUUID();
    await keys.destroy([{ block: gone, slot: 0 }]);
    const saying = history.append(freshStream(), NO_STREAM, [draft('again', gone)]);
    await expect(saying).rejects.toThrow(`the keys of ${gone} were destroyed`);
  });

  test('whose key is lost, and not destroyed, is an error that names the key', async () => {
    const stream = freshStream();
    await history.append(stream, NO_STREAM, [draft('lost')]);
    const empty = await newKeys();
    await expect(
      openedIn(
        stream,
        createHistory(recorded, empty, () => 0),
      ),
    ).rejects.toThrow('lacks');
    await empty.close();
  });

  test('never has the keys of another, though many are appended at once', async () => {
    const streams = Array.from({ length: 40 }, freshStream);
    await Promise.all(
      streams.map((stream) =>
        history.append(
          stream,
          NO_STREAM,
          Array.from({ length: 50 }, (_, i) => draft(`${i}`)),
        ),
      ),
    );
    const events = (await Promise.all(streams.map((stream) => recorded.readStream(stream)))).flat();
    const names = events.map((event) => placesNamed([event]).map(({ block, slot }) => `${block}~${slot}`)[0]);
    expect(new Set(names).size).toBe(2000);
  });

  test('is read with the keys that were copied, and closed where they were destroyed', async () => {
    const stream = freshStream();
    await history.append(stream, NO_STREAM, [draft('kept'), draft('gone')]);
    const events = await recorded.readStream(stream);
    const copies = await newKeys();
    await copyKeys(events, keys, copies);
    expect(
      await openedIn(
        stream,
        createHistory(recorded, copies, () => 0),
      ),
    ).toEqual(['{"text":"kept"}', '{"text":"gone"}']);
    await keys.destroy(placesNamed(events.slice(1)));
    await copyKeys(events, keys, copies);
    expect(
      await openedIn(
        stream,
        createHistory(recorded, copies, () => 0),
      ),
    ).toEqual(['{"text":"kept"}', null]);
    await copies.close();
  });
});

test('keys that a backup brought back are destroyed again, and of those that are gone nobody forgets anything once more', async () => {
  const [gone, back] = [randomUUID(), randomUUID()];
  const stream = freshStream();
  await history.append(stream, NO_STREAM, [draft('gone', gone, false), draft('back', back, false)]);
  const backup = await newKeys();
  await backup.add(new Map([[back, (await keys.get([back]))[0]!]]));
  await history.destroy([gone, back]);
  const times = history.forgotten();
  await history.destroyAgain([gone, back]);
  expect(history.forgotten()).toBe(times);
  const restored = createHistory(recorded, backup, () => 0);
  await restored.destroyAgain([gone, back]);
  expect(restored.forgotten()).toBe(1);
  const NO_KEY = Buffer.alloc(KEY_BYTES);
  expect((await backup.get([gone, back])).map((key) => NO_KEY.equals(key!))).toEqual([true, true]);
  await backup.close();
});

test('no word that the index remembers stays in memory once keys are destroyed', async () => {
  const own = await newKeys();
  await openPseudonyms(own);
  const reader = createHistory(recorded, own, () => 0);
  const { kept } = await reader.marks();
  expect(kept('tea', () => 'one')).toBe('one');
  expect(kept('tea', () => 'two')).toBe('one');
  reader.forget(['somebody']);
  expect(kept('tea', () => 'two')).toBe('two');
  await own.close();
});

test('what was encrypted is AES-256-GCM under the bytes of its key, for any other program', async () => {
  const bytes = randomBytes(KEY_BYTES);
  const lying = Buffer.from(encrypt('Grüße', bytes, 'event'), 'base64url');
  const key = await webcrypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['decrypt']);
  const algorithm = { name: 'AES-GCM', iv: lying.subarray(0, 12), additionalData: Buffer.from('event') };
  expect(Buffer.from(await webcrypto.subtle.decrypt(algorithm, key, lying.subarray(12))).toString()).toBe('Grüße');
});

test('what was encrypted opens under its own key and for its own event alone', () => {
  const key = randomBytes(KEY_BYTES);
  const encrypted = encrypt('Grüße', key, 'event');
  expect(decrypt(encrypted, key, 'event')).toBe('Grüße');
  expect(decrypt(encrypted, key, 'another')).toBeUndefined();
  expect(decrypt(encrypted, randomBytes(KEY_BYTES), 'event')).toBeUndefined();
  expect(decrypt(`${encrypted.slice(0, -2)}AA`, key, 'event')).toBeUndefined();
  expect(decrypt('', key, 'event')).toBeUndefined();
});
