// Addresses of uploaded files that a browser's <img> can load: the name holds the file's number and a seal.

import { timingSafeEqual } from 'node:crypto';
import { lastPart, splitName } from '../../domain/fileName.ts';
import { beginning, isBlank } from '../../domain/texts.ts';
import type { User } from '../../domain/user.ts';
import type { FileDoc } from '../../projections/files.ts';
import type { Services } from '../../services.ts';
import { isSealGood, SEAL_DIGITS, sealOf } from './seals.ts';

export const MEDIA = '/media/uploads/';
/** Characters of a name at most, without its mark. */
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

const mediaName = ({ number, name }: Pick<FileDoc, 'number' | 'name'>, seal: string): string =>
  distinctName(name, `${number}-${seal}`);

/** The path of a file for a user, percent-encoded, behind the prefix of the API or the whole address of the server. */
export const mediaPath = ({ services: { core }, user }: { services: Services; user: User }, file: FileDoc): string =>
  `${MEDIA}${encodeURIComponent(mediaName(file, sealOf(core, file.id, user)))}`;

const isSame = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};

const NAME = new RegExp(`_(\\d{1,16})-([0-9a-f]{${SEAL_DIGITS}})(?:(?:\\.tar)?\\.[^.]*)?$`, 'i');

/** The file of a name from `mediaPath` that still counts; undefined for any other name. */
export const fileNamed = async (services: Services, name: string): Promise<FileDoc | undefined> => {
  const [, digits, seal = ''] = NAME.exec(name) ?? [];
  const number = Number(digits);
  const file = Number.isSafeInteger(number) ? await services.queries.fileNumbered(number) : undefined;
  if (!file || !isSame(name, mediaName(file, seal))) return undefined;
  return (await isSealGood(services, file.id, seal)) ? file : undefined;
};
