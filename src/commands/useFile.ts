// Records that files are used, before the messages and pictures that have them: a sweep that comes first makes the use
// fail, and one that comes later finds the use. So nobody discards a file that something shows.

import type { Meta } from '../domain/events.ts';
import { fileIdAt, files, type StoredFile, useFile as use } from '../domain/file.ts';
import { checkPicture, pictureFile } from '../domain/picture.ts';
import { Refused } from '../domain/refused.ts';
import type { User } from '../domain/user.ts';
import { unkeyed } from './context.ts';
import { asOf, type Core } from './core.ts';

/** `field`: the input that the refusal names. @throws Refused `file-unknown` if the file was discarded meanwhile */
export const useFile = async (
  core: Core,
  meta: Meta,
  { fileId, isUsed }: StoredFile,
  field = 'fileId',
): Promise<void> => {
  if (isUsed) return;
  await core.ledger.transact(files, fileId, unkeyed(meta), (file) => {
    if (file === null) throw new Refused('file-unknown', field);
    return use(file);
  });
};

/** For the addresses of pictures and links. Those of other servers, and of files that do not exist, are left alone. */
export const useFilesAt = async (
  core: Core,
  meta: Meta,
  addresses: readonly (string | null | undefined)[],
): Promise<void> => {
  for (const address of addresses) {
    const fileId = fileIdAt(address);
    if (fileId !== undefined) await core.ledger.transact(files, fileId, unkeyed(meta), use);
  }
};

/** For a picture that `by` puts in the place of `present`. @throws Refused `file-unknown` if it is a stored file of somebody else, or of nobody */
export const usePicture = async (
  core: Core,
  meta: Meta,
  by: User,
  picture: { readonly field: 'avatar' | 'picture'; readonly address: string | null | undefined },
  present: string | null = null,
): Promise<void> => {
  const { field, address } = picture;
  const fileId = pictureFile(address);
  if (fileId === undefined) return useFilesAt(core, meta, [address]);
  if (fileId === pictureFile(present)) return;
  const file = checkPicture(await core.ledger.load(files, fileId, asOf(core)), by, field);
  await useFile(core, meta, file, field);
};
