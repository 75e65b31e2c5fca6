// A stored file: its owner, name and media type. Its content is a blob, named by its hash.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, Events, MessageKind } from './events.ts';
import { streams } from './streams.ts';

export type StoredFile = DataOf<'FileStored'>;

export const files: Aggregate<StoredFile | null> = {
  stream: streams.file,
  initial: () => null,
  evolve: (file, event) => (event.type === 'FileStored' ? event.data : file),
};

export const storeFile = (file: StoredFile | null, stored: StoredFile): Events =>
  file === null ? [{ type: 'FileStored', data: stored }] : [];

/** The kind of a message with a file of `mediaType`. */
export const kindOf = (mediaType: string): MessageKind => {
  const family = mediaType.slice(0, mediaType.indexOf('/'));
  return family === 'image' || family === 'audio' ? family : 'document';
};
