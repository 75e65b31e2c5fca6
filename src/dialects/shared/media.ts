// Addresses of stored files that a browser's <img> can load: the name of each holds a seal.

import { lastPart, splitName } from '../../domain/fileName.ts';
import { pictureFile } from '../../domain/picture.ts';
import { beginning, isBlank } from '../../domain/texts.ts';
import type { User } from '../../domain/user.ts';
import type { FileDoc } from '../../projections/files.ts';
import type { Services } from '../../services.ts';
import { fileSealed, SEAL_LENGTH, sealOf } from './seals.ts';

/** What makes addresses: a request of `user`, or the sockets at one prefix, whose frames are the same for all users. */
export interface Addresses {
  readonly services: Services;
  readonly user: User | undefined;
  /** A path of the API as clients reach it. */
  local(path: string): string;
}

/** Those of an account that asks. */
export type ReaderAddresses = Addresses & { readonly user: User };

export const MEDIA = '/media/uploads/';
/** Characters of a name at most, without its seal. */
const MAX_NAME = 100;

/** Without characters that do not belong into a path. */
const clean = (text: string): string =>
  text
    .trim()
    .replaceAll(' ', '_')
    .replace(/[^-\p{L}\p{M}\p{N}_.\u200c\u200d]/gu, '');

/** The last part of a sender's name with `mark` before its extension, so that no other file has the name. */
export const distinctName = (name: string, mark: string): string => {
  const [start, extension] = splitName(lastPart(name), MAX_NAME / 2).map(clean) as [string, string];
  const stem = /^\.*$/.test(start) || isBlank(start) ? 'file' : start;
  return `${beginning(stem, MAX_NAME - extension.length)}_${mark}${extension}`;
};

/** The path of a file for a user, percent-encoded, behind the prefix of the API or the whole address of the server. */
export const mediaPath = (
  { services: { core }, user }: Pick<Addresses, 'services' | 'user'>,
  file: Pick<FileDoc, 'id' | 'name'>,
): string => `${MEDIA}${encodeURIComponent(distinctName(file.name, sealOf(core, file.id, user)))}`;

/**
 * The address of the picture of an account or a conversation: of a stored file, one in `folder` which opens for `user`; of any
 * other, the recorded one.
 */
export const pictureAt = (at: Addresses, folder: string, of: { readonly number: number }, picture: string | null) => {
  const fileId = pictureFile(picture);
  if (fileId === undefined) return picture;
  return at.local(folder + sealOf(at.services.core, fileId, at.user, of.number));
};

/** The seal stands behind the last underscore that leaves room for it: what a sender calls a file may look like one. */
const NAME = new RegExp(`^(?:.*_)?([\\w-]{${SEAL_LENGTH}})(?:(?:\\.tar)?\\.[^.]*)?$`);

/** The file of a name from `mediaPath` or `pictureAt` that still counts; undefined for any other name. */
export const fileNamed = async (services: Services, name: string) => {
  const [, seal = ''] = NAME.exec(name) ?? [];
  const file = await fileSealed(services, seal);
  return file && (name === seal || name === distinctName(file.name, seal)) ? file : undefined;
};
