// The picture of an account or a conversation: an address. If it names a stored file, everybody who sees the account or the
// conversation may fetch that file, so only the user who stored a file may make a picture of it.

import { check } from './access.ts';
import { factsOfFile, readerOf } from './accessFacts.ts';
import type { StoredFile } from './file.ts';
import { Refused } from './refused.ts';
import { accountOf, type User } from './user.ts';

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const STORED = new RegExp(`^/v1/(?:files/|(?:users|conversations)/${UUID}/picture\\?file=)(${UUID})$`, 'i');

/** The stored file that a picture is. Undefined: it is an address elsewhere. */
export const pictureFile = (address: string | null | undefined): string | undefined =>
  STORED.exec(address ?? '')?.[1]?.toLowerCase();

/** As the log has it. A client may send back what it was shown. */
export const recordedPicture = (address: string): string => {
  const fileId = pictureFile(address);
  return fileId === undefined ? address : `/v1/files/${fileId}`;
};

/** As clients see it. The address of a stored file changes with the file, so they may keep what they got there. */
export const shownPicture = <Address extends string | null | undefined>(
  of: 'users' | 'conversations',
  id: string,
  address: Address,
): Address | string => {
  const fileId = pictureFile(address);
  return fileId === undefined ? address : `/v1/${of}/${id}/picture?file=${fileId}`;
};

/** `field`: the input that the refusal names. @throws Refused `file-unknown` */
export const checkPicture = (file: StoredFile | null, by: User, field: string): StoredFile => {
  if (file === null) throw new Refused('file-unknown', field);
  check(readerOf(accountOf(by)), 'sendFile', factsOfFile(file), field);
  return file;
};
