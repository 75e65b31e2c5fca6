// Stored files, and the conversations they were sent to: a reader of one of those may read the file.

import type { DataOf } from '../domain/events.ts';
import { changesOf, type Projection } from './projection.ts';

export type FileDoc = Omit<DataOf<'FileStored'>, 'fileId'> & { readonly id: string; readonly at: string };

export const files: Projection = {
  collection: { name: 'files', indexes: [{ fields: ['number'], sort: 'id' }] },
  on: {
    FileStored: ({ data: { fileId, ...data }, at }) => [changesOf('files').put({ ...data, id: fileId, at })],
  },
};

export interface ShareDoc {
  readonly id: string;
  readonly fileId: string;
  readonly conversationId: string;
  readonly since: number;
}

export const shares: Projection = {
  collection: { name: 'shares', indexes: [{ fields: ['fileId'], sort: 'since' }] },
  on: {
    MessageSent: ({ data: { fileId, conversationId }, position }) =>
      fileId === null
        ? []
        : [changesOf('shares').put({ id: `${fileId}:${conversationId}`, fileId, conversationId, since: position })],
  },
};
