// Stores a file, to be sent in a message.

import { z } from 'zod';
import type { Meta } from '../domain/events.ts';
import { storeFile as decide, files, type StoredFile } from '../domain/file.ts';
import { actorOf, type Core, type Done, idFor } from './core.ts';

/** As the sender names it: only its last part is kept, without control characters. */
const fileName = z.string().transform(
  (name) =>
    name
      .toWellFormed()
      .split(/[/\\]/)
      .at(-1)!
      .replace(/[\p{Cc}\p{Cf}]/gu, '')
      .slice(0, 200) || 'file',
);

const mediaType = z
  .string()
  .transform((type) => type.split(';')[0]!.trim().toLowerCase())
  .transform((type) =>
    /^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,60}$/.test(type) ? type : 'application/octet-stream',
  );

export const StoreFile = z.strictObject({
  name: fileName.default('file'),
  mediaType: mediaType.default('application/octet-stream'),
});
export type StoreFile = z.input<typeof StoreFile>;

/** Streams `content`, `limit` bytes at most, into the store. @throws TooLarge, Refused `signed-out` */
export const storeFile = async (
  core: Core,
  meta: Meta,
  input: StoreFile,
  content: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Done & { fileId: string }> => {
  const { name, mediaType } = StoreFile.parse(input);
  const { userId } = await actorOf(core, meta);
  const { hash, size } = await core.blobs.put(content, limit);
  const fileId = idFor(core, meta, 'file');
  const number = await core.numbers.next('file');
  const stored: StoredFile = { fileId, number, ownerId: userId, hash, size, mediaType, name };
  const { position } = await core.ledger.transact(files, fileId, meta, (file) => decide(file, stored));
  return { fileId, position };
};
