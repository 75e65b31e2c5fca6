// Addresses of uploaded files that a browser's <img> can load: it sends no credentials, so the name itself is the proof.
//
// A name has the file's number and a keyed mark that only this server makes: knowing it is having been shown it.

import { timingSafeEqual } from 'node:crypto';
import type { Tokens } from '../../auth/ports.ts';
import { serveFile } from '../../http/serveFile.ts';
import type { FileDoc } from '../../projections/files.ts';
import { PageError } from './apiErrors.ts';
import { cleanName, distinctName } from './mediaNames.ts';
import { blindRoute } from './route.ts';

const FOLDER = '/media/uploads/';
/** Hexadecimal digits of the mark: 128 bits. */
const MARK = 32;

const mediaName = (tokens: Tokens, { id, number, name }: Pick<FileDoc, 'id' | 'number' | 'name'>): string =>
  distinctName(cleanName(name), `${number}-${tokens.fingerprint(['media', id]).slice(0, MARK)}`);

/** The path of a file, percent-encoded, for `request.local` or `request.absolute`. */
export const mediaPath = (tokens: Tokens, file: FileDoc): string =>
  `${FOLDER}${encodeURIComponent(mediaName(tokens, file))}`;

const isSame = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** Serves what `mediaPath` names, to whoever knows the name; in it nothing runs. */
export const mediaRoute = blindRoute(`${FOLDER}<str:name>`, {
  GET: async ({ services: { core, queries }, ctx, params: { name } }) => {
    const number = Number(/_(\d{1,16})-[0-9a-f]{32}(?:\.[^.]*)?$/.exec(name)?.[1] ?? Number.NaN);
    const file = Number.isSafeInteger(number) ? await queries.fileNumbered(number) : undefined;
    if (!file || !isSame(name, mediaName(core.tokens, file))) throw new PageError(404);
    return serveFile(core.blobs, ctx, file);
  },
});
