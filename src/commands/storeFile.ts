// Stores a file, so that a message can have it.

import { z } from 'zod';
import { storeFile as decide, files, type StoredFile } from '../domain/file.ts';
import { command, wanted } from './command.ts';
import type { Origin } from './context.ts';
import { actorOf, type Core, type Done } from './core.ts';

/** The last part of the name that the sender gave, without control characters. The name may be as long as a frame. */
const fileName = z.string().transform((name) => {
  const last = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return (
    last
      .slice(0, 1000)
      .toWellFormed()
      .replace(/[\p{Cc}\p{Cf}]/gu, '')
      .slice(0, 200)
      .toWellFormed() || 'file'
  );
});

const mediaType = z.string().transform((header) => {
  const type = header.split(';')[0]!.trim().toLowerCase();
  return /^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,60}$/.test(type) ? type : 'application/octet-stream';
});

const StoreFile = z.strictObject({
  name: fileName.default('file'),
  mediaType: mediaType.default('application/octet-stream'),
});

const recordOnce = command({
  input: StoreFile.extend({ hash: z.string(), size: z.int() }),
  refuses: [],
  target: (_, { actorId }) => wanted(files, 'file', actorId),
  makes: (fileId) => ({ fileId }),
  carryOut: async (core, meta, wish, { fileId, actor }) => {
    const number = await core.numbers.next('file');
    const stored: StoredFile = { fileId, number, ownerId: actor.userId, ...wish };
    return core.ledger.transact(files, fileId, meta, (file) => decide(file, stored));
  },
});

/** Streams `content` into the store. `limit`: in bytes. @throws TooLarge; Refused `signed-out`, `command-key-reused` */
export const storeFile = async (
  core: Core,
  { keyed, ...plain }: Origin,
  input: z.input<typeof StoreFile>,
  content: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Done & { fileId: string; hash: string }> => {
  await actorOf(core, plain);
  const { hash, size } = await core.blobs.put(content, limit);
  // A retry must have the same content.
  const fingerprint = keyed && core.tokens.fingerprint([keyed.fingerprint, input, hash]);
  const origin = keyed && fingerprint ? { ...plain, keyed: { ...keyed, fingerprint } } : plain;
  return { ...(await recordOnce(core, origin, { ...input, hash, size })), hash };
};
