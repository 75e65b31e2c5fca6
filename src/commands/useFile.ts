// Records that files are used, before the messages and pictures that have them: a sweep that comes first makes the use
// fail, and one that comes later finds the use. So nobody discards a file that something shows.

import type { Meta } from '../domain/events.ts';
import { fileIdAt, files, type StoredFile, useFile as use } from '../domain/file.ts';
import { Refused } from '../domain/refused.ts';
import { unkeyed } from './context.ts';
import type { Core } from './core.ts';

/** @throws Refused `file-unknown` if the file was discarded meanwhile */
export const useFile = async (core: Core, meta: Meta, { fileId, isUsed }: StoredFile): Promise<void> => {
  if (isUsed) return;
  await core.ledger.transact(files, fileId, unkeyed(meta), (file) => {
    if (file === null) throw new Refused('file-unknown', 'fileId');
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
