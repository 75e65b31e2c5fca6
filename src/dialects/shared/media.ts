// Addresses of uploaded files that a browser's <img> can load: the name holds the file's number and a seal.

import { timingSafeEqual } from 'node:crypto';
import type { User } from '../../domain/user.ts';
import type { FileDoc } from '../../projections/files.ts';
import type { Services } from '../../services.ts';
import { isSealGood, SEAL_DIGITS, sealOf } from './seals.ts';

export const MEDIA = '/media/uploads/';
/** Characters of a cleaned name at most. */
const MAX_NAME = 100;

/** `photo.tar.gz` is `photo.tar` and `.gz`; `.profile` has no extension. */
const splitName = (name: string): readonly [stem: string, extension: string] => {
  const dot = name.lastIndexOf('.');
  return dot > 0 && [...name.slice(dot)].length < MAX_NAME / 2 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
};

/** The last part of a sender's name without characters that do not belong into a path; empty if no others remain. */
export const cleanName = (name: string): string => {
  const last = name.split(/[/\\]/).at(-1)!.trim().replaceAll(' ', '_');
  const clean = last.replace(/[^-\p{L}\p{N}_.]/gu, '');
  if (/^\.*$/.test(clean)) return '';
  const [stem, extension] = splitName(clean);
  return `${[...stem].slice(0, Math.max(1, MAX_NAME - [...extension].length)).join('')}${extension}`;
};

/** A name that no other file has: `_` and a mark before the extension. */
export const distinctName = (name: string, mark: string): string => {
  const [stem, extension] = splitName(cleanName(name) || 'file');
  return `${stem}_${mark}${extension}`;
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

const NAME = new RegExp(`_(\\d{1,16})-([0-9a-f]{${SEAL_DIGITS}})(?:\\.[^.]*)?$`);

/** The file of a name from `mediaPath` that still counts; undefined for any other name. */
export const fileNamed = async (services: Services, name: string): Promise<FileDoc | undefined> => {
  const [, digits, seal = ''] = NAME.exec(name) ?? [];
  const number = Number(digits);
  const file = Number.isSafeInteger(number) ? await services.queries.fileNumbered(number) : undefined;
  if (!file || !isSame(name, mediaName(file, seal))) return undefined;
  return (await isSealGood(services, file.id, seal)) ? file : undefined;
};
