// What every blob store must do, whatever keeps the bytes.

import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BlobStore, Missing, TooLarge } from '../../src/store/ports.ts';

/** A store of its own for one test. */
export interface OpenedBlobStore {
  readonly store: BlobStore;
  /** Names of everything kept, half-written things too: what a failed put must leave as it was. */
  kept(): Promise<readonly string[]>;
  /** Closes the store and removes all it kept. */
  dispose(): Promise<void>;
}

const MIB = 1024 * 1024;
const NOWHERE = 'f'.repeat(64);

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

async function* chunksOf(content: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += size) yield content.subarray(at, at + size);
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A moment after everything before and before everything after, also by the clock of a file system, whose ticks are longer. */
async function aMomentLater(): Promise<Date> {
  const from = Date.now();
  while (Date.now() < from + 20) await turn();
  return new Date(from + 10);
}

/** Bytes of buffers still reachable, after a collection. */
function measureHeld(): () => Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  return async () => {
    await turn();
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
}

/** Runs the contract on the stores `open` gives, a new one for each rule. */
export function blobStoreContract(name: string, open: () => Promise<OpenedBlobStore>): void {
  describe(`blob store: ${name}`, () => {
    let opened: OpenedBlobStore;
    let store: BlobStore;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.dispose());

    const read = async (hash: string, start?: number, end?: number): Promise<Buffer> =>
      collect(await store.open(hash, start === undefined || end === undefined ? undefined : { start, end }));

    /** Without the folders that contents lie in. */
    const contents = async () => (await opened.kept()).filter((name) => !/^[0-9a-f]{2}$/.test(name));

    it('gives back what was put, under the SHA-256 of it', async () => {
      const content = randomBytes(700_001);
      const blob = await store.put(chunksOf(content), MIB);
      expect(blob).toEqual({ hash: sha256(content), size: content.length });
      expect((await read(blob.hash)).equals(content)).toBe(true);
    });

    it('takes one large chunk and many of one byte alike', async () => {
      const content = randomBytes(300_000);
      const large = await store.put(chunksOf(content, MIB), MIB);
      const small = await store.put(chunksOf(content.subarray(0, 500), 1), MIB);
      expect((await read(large.hash)).equals(content)).toBe(true);
      expect((await read(small.hash)).equals(content.subarray(0, 500))).toBe(true);
    });

    it('keeps an empty content', async () => {
      const blob = await store.put(chunksOf(new Uint8Array()), 0);
      expect(blob).toEqual({ hash: sha256(new Uint8Array()), size: 0 });
      expect(await read(blob.hash)).toHaveLength(0);
    });

    it('takes a content one byte under the limit and at the limit', async () => {
      for (const size of [99_999, 100_000])
        expect(await store.put(chunksOf(randomBytes(size)), 100_000)).toMatchObject({ size });
    });

    it('refuses a content one byte over the limit, and leaves nothing of it', async () => {
      const content = randomBytes(100_001);
      const before = await opened.kept();
      const refused = store.put(chunksOf(content), 100_000);
      await expect(refused).rejects.toThrow(TooLarge);
      await expect(refused).rejects.toThrow('more than 100000 bytes');
      expect(await opened.kept()).toEqual(before);
      await expect(store.open(sha256(content))).rejects.toThrow(Missing);
    });

    it('stops reading a content that is too large, and lets its source go', async () => {
      let given = 0;
      let released = false;
      async function* endless(): AsyncGenerator<Uint8Array> {
        try {
          for (;;) {
            given++;
            yield new Uint8Array(1000);
          }
        } finally {
          released = true;
        }
      }
      await expect(store.put(endless(), 10_000)).rejects.toThrow(TooLarge);
      expect(released).toBe(true);
      expect(given).toBe(11);
    });

    it('leaves nothing of a content whose source fails half-way, and tells its error', async () => {
      const half = randomBytes(400_000);
      async function* cut(): AsyncGenerator<Uint8Array> {
        yield* chunksOf(half);
        throw new Error('the client went away');
      }
      const before = await opened.kept();
      await expect(store.put(cut(), MIB)).rejects.toThrow('the client went away');
      expect(await opened.kept()).toEqual(before);
      await expect(store.open(sha256(half))).rejects.toThrow(Missing);
    });

    it('leaves nothing of a stream destroyed at once or half-way', async () => {
      const before = await opened.kept();
      const atOnce = new Readable({ read() {} });
      const first = store.put(atOnce, MIB);
      atOnce.destroy(new Error('aborted at once'));
      await expect(first).rejects.toThrow('aborted at once');

      const halfWay = new Readable({ read() {} });
      halfWay.push(randomBytes(50_000));
      const second = store.put(halfWay, MIB);
      await turn();
      halfWay.destroy(new Error('aborted half-way'));
      await expect(second).rejects.toThrow('aborted half-way');
      expect(await opened.kept()).toEqual(before);
    });

    it('keeps the same content once, however often it is put', async () => {
      const content = randomBytes(300_000);
      const first = await store.put(chunksOf(content), MIB);
      const once = await opened.kept();
      expect(await store.put(chunksOf(content, 1000), MIB)).toEqual(first);
      expect(await opened.kept()).toEqual(once);
      expect((await read(first.hash)).equals(content)).toBe(true);
    });

    it('keeps the same content once when it is put many times at once', async () => {
      const content = randomBytes(300_000);
      const blobs = await Promise.all(Array.from({ length: 12 }, () => store.put(chunksOf(content), MIB)));
      expect(new Set(blobs.map((blob) => blob.hash))).toEqual(new Set([sha256(content)]));
      expect((await read(sha256(content))).equals(content)).toBe(true);
      const together = await opened.kept();
      await store.put(chunksOf(content), MIB);
      expect(await opened.kept()).toEqual(together);
    });

    it('gives any range of bytes, both ends included', async () => {
      const content = randomBytes(600_000);
      const { hash } = await store.put(chunksOf(content), MIB);
      const ranges = [
        [0, 0],
        [0, 599_999],
        [599_999, 599_999],
        [1, 2],
        [261_119, 261_121],
        [100_000, 499_999],
      ] as const;
      for (const [start, end] of ranges)
        expect((await read(hash, start, end)).equals(content.subarray(start, end + 1)), `${start}-${end}`).toBe(true);
    });

    it('says a content is missing that was never put, or whose name is no hash', async () => {
      const { hash } = await store.put(chunksOf(randomBytes(10)), MIB);
      const names = [NOWHERE, '', '..', '../../etc/passwd', hash.toUpperCase(), hash.slice(1), `${hash}0`, `${hash}\n`];
      for (const missing of names.filter((each) => each !== hash))
        await expect(store.open(missing), missing).rejects.toThrow(Missing);
    });

    it('lets a reader stop half-way and others read at the same time', async () => {
      const content = randomBytes(900_000);
      const { hash } = await store.put(chunksOf(content), MIB);
      const stopped = await store.open(hash);
      for await (const _ of stopped) break;
      expect(stopped.destroyed).toBe(true);
      const all = await Promise.all([read(hash), read(hash), read(hash)]);
      for (const each of all) expect(each.equals(content)).toBe(true);
    });

    it('sweeps what was put before and nobody uses, and leaves nothing of it', async () => {
      const empty = await contents();
      const [used, unused] = [await store.put(chunksOf(randomBytes(300_000)), MIB), randomBytes(600_000)];
      const kept = await contents();
      const { hash } = await store.put(chunksOf(unused), MIB);
      const asked = new Set<string>();
      const isUsed = async (one: string) => {
        asked.add(one);
        return one === used.hash;
      };
      expect(await store.sweep(new Date(0), isUsed)).toBe(0);
      expect(asked.size).toBe(0);
      expect(await store.sweep(await aMomentLater(), isUsed)).toBe(1);
      expect(asked).toEqual(new Set([used.hash, hash]));
      await expect(store.open(hash)).rejects.toThrow(Missing);
      expect(await contents()).toEqual(kept);
      expect(await store.sweep(await aMomentLater(), async () => false)).toBe(1);
      expect(await contents()).toEqual(empty);
      expect(await store.put(chunksOf(unused), MIB)).toMatchObject({ hash });
    });

    it('never sweeps a content that is put again meanwhile', async () => {
      const content = randomBytes(300_000);
      const { hash } = await store.put(chunksOf(content), MIB);
      const before = await aMomentLater();
      const again = async (swept: string) => {
        if (swept !== hash) return true;
        await store.put(chunksOf(content), MIB);
        return false;
      };
      expect(await store.sweep(before, again)).toBe(0);
      expect((await read(hash)).equals(content)).toBe(true);
    });

    it('gives back every content that was put while it sweeps', async () => {
      const content = randomBytes(1000);
      for (let round = 0; round < 5; round++) {
        await store.put(chunksOf(content), MIB);
        const before = await aMomentLater();
        const [blob] = await Promise.all([store.put(chunksOf(content), MIB), store.sweep(before, async () => false)]);
        expect((await read(blob.hash)).equals(content)).toBe(true);
      }
    });

    it('removes one content and leaves nothing of it; it may be put again', async () => {
      const [kept, content] = [await store.put(chunksOf(randomBytes(1000)), MIB), randomBytes(600_000)];
      const before = await contents();
      const { hash } = await store.put(chunksOf(content), MIB);
      await store.remove(hash);
      await store.remove(NOWHERE);
      await expect(store.open(hash)).rejects.toThrow(Missing);
      expect(await contents()).toEqual(before);
      expect(await read(kept.hash)).toHaveLength(1000);
      await store.put(chunksOf(content), MIB);
      expect((await read(hash)).equals(content)).toBe(true);
    });

    it('knows how many bytes are free, or that nobody can tell', async () => {
      const free = await store.free();
      if (free !== undefined) expect(free).toBeGreaterThan(0);
    });

    it('streams 12 MB in and out without holding them', async () => {
      const held = measureHeld();
      const base = await held();
      const hash = createHash('sha256');
      let peak = 0;
      async function* measured(): AsyncGenerator<Uint8Array> {
        for (let index = 0; index < 192; index++) {
          const chunk = Buffer.alloc(64 * 1024, `chunk ${index} `);
          hash.update(chunk);
          yield chunk;
          if (index % 32 === 0) peak = Math.max(peak, (await held()) - base);
        }
        peak = Math.max(peak, (await held()) - base);
      }
      const blob = await store.put(measured(), 12 * MIB);
      expect(blob).toEqual({ hash: hash.digest('hex'), size: 12 * MIB });
      expect(peak).toBeLessThan(8 * MIB);

      const again = createHash('sha256');
      let size = 0;
      peak = 0;
      for await (const chunk of await store.open(blob.hash)) {
        again.update(chunk);
        const before = size;
        size += (chunk as Buffer).length;
        if (Math.floor(size / MIB) > Math.floor(before / MIB)) peak = Math.max(peak, (await held()) - base);
      }
      expect({ hash: again.digest('hex'), size }).toEqual(blob);
      expect(peak).toBeLessThan(8 * MIB);
    });
  });
}
