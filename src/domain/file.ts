// A stored file: its owner, name and media type. Its content is a blob, named by its hash. A file that nobody uses is
// discarded after a while. Using and discarding write to the same stream, so one of the two comes first.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, Events, MessageKind } from './events.ts';
import { streams } from './streams.ts';

export interface StoredFile extends DataOf<'FileStored'> {
  /** A message or a picture has it, or will have it in a moment. */
  readonly isUsed: boolean;
}

/** Null: it was never stored, or was discarded or erased. */
export const files: Aggregate<StoredFile | null> = {
  stream: streams.file,
  initial: () => null,
  evolve: (file, event) => {
    if (event.type === 'FileStored') return { ...event.data, isUsed: false };
    if (event.type === 'FileDiscarded' || event.type === 'FileErased') return null;
    return event.type === 'FileUsed' && file !== null ? { ...file, isUsed: true } : file;
  },
};

export const storeFile = (file: StoredFile | null, stored: DataOf<'FileStored'>): Events =>
  file === null ? [{ type: 'FileStored', data: stored }] : [];

export const useFile = (file: StoredFile | null): Events =>
  file === null || file.isUsed ? [] : [{ type: 'FileUsed', data: { fileId: file.fileId } }];

export const discardFile = (file: StoredFile | null): Events => {
  if (file === null || file.isUsed) return [];
  const { fileId, ownerId, size } = file;
  return [{ type: 'FileDiscarded', data: { fileId, ownerId, size } }];
};

/** `key`: the name of the file's own key. */
export const eraseFile = (file: StoredFile | null, key: string, by: string | null): Events => {
  if (file === null) return [];
  const { fileId, ownerId, size } = file;
  return [{ type: 'FileErased', data: { fileId, ownerId, size, key, by } }];
};

/** The file that an address of a picture or a link names. Undefined: it names no file of this server. */
export const fileIdAt = (address: string | null | undefined): string | undefined =>
  /\/v1\/files\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![\w-])/i.exec(address ?? '')?.[1]?.toLowerCase();

/** A small file takes a block of the disk, and its events take some bytes too. */
const LEAST_SPACE = 4096;

/** Bytes by which a file of `size` bytes counts. */
export const spaceOf = (size: number): number => Math.max(size, LEAST_SPACE);

/** The kind of a message with a file of `mediaType`. */
export const kindOf = (mediaType: string): MessageKind => {
  const family = mediaType.slice(0, mediaType.indexOf('/'));
  return family === 'image' || family === 'audio' ? family : 'document';
};
