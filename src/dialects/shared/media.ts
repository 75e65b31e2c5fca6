// Addresses of uploaded files that a browser's <img> can load. It sends no credentials, so the name itself is the proof:
// it holds the file's number and a keyed mark that only this server can make.

import { timingSafeEqual } from 'node:crypto';
import type { Tokens } from '../../auth/tokens.ts';
import type { FileDoc } from '../../projections/files.ts';
import type { Services } from '../../services.ts';

export const MEDIA = '/media/uploads/';
/** Hexadecimal digits of the mark: 128 bits. */
const MARK = 32;
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

const mediaName = (tokens: Tokens, { id, number, name }: Pick<FileDoc, 'id' | 'number' | 'name'>): string =>
  distinctName(name, `${number}-${tokens.fingerprint(['media', id]).slice(0, MARK)}`);

/** The path of a file, percent-encoded, behind the prefix of the API or the whole address of the server. */
export const mediaPath = (tokens: Tokens, file: FileDoc): string =>
  `${MEDIA}${encodeURIComponent(mediaName(tokens, file))}`;

const isSame = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** The file of a name from `mediaPath`; undefined for any other name. */
export const fileNamed = async ({ core, queries }: Services, name: string): Promise<FileDoc | undefined> => {
  const number = Number(/_(\d{1,16})-[0-9a-f]{32}(?:\.[^.]*)?$/.exec(name)?.[1] ?? Number.NaN);
  const file = Number.isSafeInteger(number) ? await queries.fileNumbered(number) : undefined;
  return file && isSame(name, mediaName(core.tokens, file)) ? file : undefined;
};
