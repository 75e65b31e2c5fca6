// Stores a file, so that a message can have it.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { DataOf } from '../domain/events.ts';
import { storeFile as decide, files, spaceOf } from '../domain/file.ts';
import { fileNameOf } from '../domain/fileName.ts';
import { Refused } from '../domain/refused.ts';
import { checkScope } from '../domain/scopes.ts';
import { TooManyRequests } from '../limits/limits.ts';
import { type Blob, TooLarge, Unavailable } from '../store/ports.ts';
import { command, wanted } from './command.ts';
import type { Origin } from './context.ts';
import { actorOf, type Core, type Done } from './core.ts';
import { encrypted, newContentKey } from './fileContent.ts';
import type { Room } from './space.ts';

const mediaType = z.string().transform((header) => {
  const type = header.split(';')[0]!.trim().toLowerCase();
  return /^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,60}$/.test(type) ? type : 'application/octet-stream';
});

const StoreFile = z.strictObject({
  name: z.string().default('').transform(fileNameOf),
  mediaType: mediaType.default('application/octet-stream'),
});

const recordOnce = command({
  input: StoreFile.extend({ hash: z.string(), size: z.int(), contentHash: z.string(), contentKey: z.string() }),
  scope: 'files',
  refuses: [],
  // `storeFile` counts before it reads the content.
  costs: {},
  target: (_, { actorId }) => wanted(files, 'file', actorId),
  makes: (fileId) => ({ fileId }),
  carryOut: async (core, meta, wish, { fileId, actor }) => {
    const number = await core.numbers.next('file');
    const stored: DataOf<'FileStored'> = { fileId, number, ownerId: actor.userId, ...wish };
    return core.ledger.transact(files, fileId, meta, (file) => decide(file, stored));
  },
});

/** The content on its way to the store, counted. Without room for all of it, it ends with the refusal. */
class Arriving {
  readonly #hash = createHash('sha256');
  size = 0;

  async *read(content: AsyncIterable<Uint8Array>, limit: number, room: Room, isKeyed: boolean) {
    let refusal: unknown;
    const hold = (): void => {
      try {
        if (refusal === undefined) room.hold(spaceOf(this.size));
      } catch (error) {
        // Under a key it may be a retry of what is stored: its hash will tell.
        if (!isKeyed) throw error;
        refusal = error;
      }
    };
    hold();
    for await (const chunk of content) {
      this.size += chunk.byteLength;
      if (this.size > limit) throw new TooLarge(limit);
      hold();
      this.#hash.update(chunk);
      if (refusal === undefined) yield chunk;
    }
    if (refusal !== undefined) throw refusal;
  }

  /** Of all of it, once it was read to its end. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}

/** Removes what no event names. What is not removed now, a sweep will. */
const removeContent = async ({ blobs }: Core, hash: string): Promise<void> => {
  try {
    await blobs.remove(hash);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
  }
};

/**
 * Streams `content` into the store. `limit`: in bytes.
 * @throws TooLarge; TooManyRequests; Refused `signed-out`, `command-key-reused`, `quota-exceeded`
 */
export const storeFile = async (
  core: Core,
  { keyed, address, ...plain }: Origin,
  input: z.input<typeof StoreFile>,
  content: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Done & { fileId: string; hash: string }> => {
  core.limits.count({ uploads: 1 }, { ...plain, address });
  checkScope(plain.scopes ?? null, recordOnce.scope);
  const { userId } = await actorOf(core, plain);
  const room = await core.space.open(userId);
  const arriving = new Arriving();
  const contentKey = newContentKey();
  /** A retry must have the same content. Its encrypted form differs each time. */
  const asWish = ({ hash, size }: Blob) => {
    const contentHash = arriving.digest();
    const whole = (fingerprint: string, nth: number) =>
      core.tokens.fingerprints([fingerprint, input, contentHash])[nth]!;
    const fingerprints = keyed?.fingerprints.map(whole) as [string] | undefined;
    const origin =
      keyed && fingerprints ? { ...plain, address, keyed: { ...keyed, fingerprints } } : { ...plain, address };
    return [origin, { ...input, hash, size, contentHash, contentKey }, contentHash] as const;
  };
  try {
    const source = encrypted(arriving.read(content, limit, room, keyed !== undefined), contentKey);
    const [from, wish, hash] = asWish(await core.blobs.put(source, limit));
    const done = await recordOnce(core, from, wish).catch(async (error: unknown) => {
      // After any other error nobody knows whether the event is recorded.
      if (error instanceof Refused || error instanceof TooManyRequests) await removeContent(core, wish.hash);
      throw error;
    });
    if (keyed === undefined || (await core.ledger.load(files, done.fileId))?.hash === wish.hash)
      room.recorded(done.position);
    else await removeContent(core, wish.hash);
    return { ...done, hash };
  } catch (error) {
    if (keyed === undefined || !(error instanceof Refused && error.code === 'quota-exceeded')) throw error;
    const [from, wish, hash] = asWish({ hash: '', size: arriving.size });
    const earlier = await recordOnce.earlier(core, from, wish);
    if (earlier === undefined) throw error;
    return { ...earlier, hash };
  } finally {
    room.end();
  }
};
