// Stored files, and the messages they were sent in: a reader of the conversation of one of those may read the file. Also the files that
// nobody uses, and the bytes that each account has stored.

import type { DataOf, EventOf } from '../domain/events.ts';
import { fileIdAt, spaceOf } from '../domain/file.ts';
import type { Change } from '../store/ports.ts';
import { changesOf, type Projection } from './projection.ts';

export type FileDoc = Omit<DataOf<'FileStored'>, 'fileId'> & {
  readonly id: string;
  readonly at: string;
  /** Its content and its name are gone for ever. */
  readonly erased: boolean;
  /** Of the event that stored it. */
  readonly eventId: string;
  readonly secret: string;
};

type Hidden = Pick<DataOf<'FileStored'>, 'name' | 'contentHash' | 'contentKey'>;

/** As it lies in the views: its name, and the key of its content, are encrypted there as in the log. */
export type SealedFile = Omit<FileDoc, keyof Hidden | 'erased'>;

export const fileOf = ({
  id: eventId,
  data: { fileId: id, ...data },
  at,
  isClosed,
  secret,
}: EventOf<'FileStored'>): FileDoc => ({ ...data, id, at, erased: isClosed === true, eventId, secret: secret! });

const sealedFileOf = (event: EventOf<'FileStored'>): SealedFile => {
  const { name: _, contentHash: __, contentKey: ___, erased: ____, ...open } = fileOf(event);
  return open;
};

/** `part`: as JSON. Null: it was erased. */
export const openedFile = (open: SealedFile, part: string | null): FileDoc => ({
  ...open,
  name: '',
  erased: part === null,
  ...(part === null ? {} : (JSON.parse(part) as Hidden)),
});

export const files: Projection = {
  collection: {
    name: 'files',
    indexes: [{ fields: ['hash'], sort: 'id' }],
  },
  on: {
    FileStored: (event) => [changesOf('files').put(sealedFileOf(event))],
    // Nothing names the content any more: a sweep removes it.
    FileErased: ({ data: { fileId } }) => [changesOf('files').patch(fileId, { hash: '' })],
    FileDiscarded: ({ data: { fileId } }) => [changesOf('files').remove(fileId)],
  },
};

export interface ShareDoc {
  /** Of the message. */
  readonly id: string;
  readonly fileId: string;
  readonly conversationId: string;
  /** As of `placeIn`. */
  readonly place: string;
  /** False: the message was removed. */
  readonly isShown: boolean;
}

const sharesOf = changesOf('shares');

/** Sorts messages by conversation, then by `seq`. Any place in a conversation lies before its end. */
export const placeIn = (conversationId: string, seq: number): string =>
  `${conversationId}:${String(seq).padStart(16, '0')}`;
export const endOf = (conversationId: string): string => `${conversationId};`;

export const shares: Projection = {
  collection: { name: 'shares', indexes: [{ fields: ['fileId', 'isShown'], sort: 'place' }] },
  on: {
    MessageSent: ({ data: { messageId: id, fileId, conversationId }, revision }) => {
      if (fileId === null) return [];
      const place = placeIn(conversationId, revision + 1);
      return [sharesOf.put({ id, fileId, conversationId, place, isShown: true })];
    },
    MessageRemoved: ({ data: { messageId } }) => [sharesOf.patch(messageId, { isShown: false })],
    MessageRestored: ({ data: { messageId } }) => [sharesOf.patch(messageId, { isShown: true })],
  },
};

/** A file that nobody uses. */
export interface UnusedDoc {
  readonly id: string;
  /** Every index needs a field. */
  readonly isUsed: false;
  /** ISO time of storing. */
  readonly at: string;
}

const unusedFiles = changesOf('unused');
const used = (fileId: string | null | undefined): readonly Change[] => (fileId ? [unusedFiles.remove(fileId)] : []);
const usedAt = (...addresses: readonly (string | null | undefined)[]): readonly Change[] =>
  addresses.flatMap((address) => used(fileIdAt(address)));

/** Logs of earlier versions have no `FileUsed`: there the messages and the pictures themselves tell. */
export const unused: Projection = {
  collection: { name: 'unused', indexes: [{ fields: ['isUsed'], sort: 'at' }] },
  on: {
    FileStored: ({ data: { fileId }, at }) => [unusedFiles.put({ id: fileId, isUsed: false, at })],
    FileUsed: ({ data: { fileId } }) => used(fileId),
    FileDiscarded: ({ data: { fileId } }) => used(fileId),
    FileErased: ({ data: { fileId } }) => used(fileId),
    MessageSent: ({ data: { fileId } }) => used(fileId),
    UserRegistered: ({ data: { avatar } }) => usedAt(avatar),
    ProfileChanged: ({ data: { changes } }) => usedAt(changes.avatar),
    GroupCreated: ({ data: { picture } }) => usedAt(picture),
    RoomOpened: ({ data: { picture, link } }) => usedAt(picture, link),
    ConversationDescribed: ({ data: { changes } }) => usedAt(changes.picture, changes.link),
  },
};

export interface SpaceDoc {
  /** Of the account. */
  readonly id: string;
  /** By which its files count, those that were discarded left out. */
  readonly bytes: number;
}

const space = changesOf('space');
const counted = (ownerId: string | null, bytes: number): readonly Change[] =>
  ownerId === null ? [] : [space.add(ownerId, 'bytes', bytes)];

export const spaces: Projection = {
  collection: { name: 'space', indexes: [] },
  on: {
    UserRegistered: ({ data: { userId } }) => [space.put({ id: userId, bytes: 0 })],
    FileStored: ({ data: { ownerId, size } }) => counted(ownerId, spaceOf(size)),
    FileDiscarded: ({ data: { ownerId, size } }) => counted(ownerId, -spaceOf(size)),
    FileErased: ({ data: { ownerId, size } }) => counted(ownerId, -spaceOf(size)),
  },
};
