// The proof in the address of a file. A browser's <img> sends no credentials, so the address itself has to prove that this
// server gave it, to whom, and until when it counts.

import type { Core } from '../../commands/core.ts';
import { files } from '../../domain/file.ts';
import { pictureFile } from '../../domain/picture.ts';
import type { Queries } from '../../projections/queries.ts';
import type { Services } from '../../services.ts';
import { userNumbered } from './find.ts';
import { toUuid } from './uuid.ts';

const MINUTE = 60_000;
/** An address changes after so many minutes, so that lists read in between show the same one. */
const STEP = 15;
/** Minutes that an address counts at least: one that an answer gave to an account, and one in a frame, the same for all. */
const LIFE = { account: 60, everybody: 15 } as const;

/** Milliseconds that an address in a frame waits for the views. */
const LATE = 200;

/** The id of the file, when the address ends in minutes, the number of the reader or 0, what it is the picture of, the mark. */
const SEAL = /^([0-9a-f]{32})([0-9a-f]{8})([0-9a-f]{12})([0-9a-f]{12})([0-9a-f]{32})$/;
/** Characters of a seal. */
export const SEAL_LENGTH = 64;

const markedText = (fileId: string, ...numbers: readonly number[]): string =>
  JSON.stringify(['file', fileId, ...numbers]);

const digits = (value: number, length: number): string => value.toString(16).padStart(length, '0');

/**
 * `reader`: the account that gets the address; undefined: everybody who gets the frame. `pictureOf`: the number of the account
 * or the conversation whose picture the file is; 0: messages carry it.
 */
export const sealOf = (
  { tokens, now }: Pick<Core, 'tokens' | 'now'>,
  fileId: string,
  reader: { readonly number: number } | undefined,
  pictureOf = 0,
): string => {
  const least = now().getTime() / MINUTE + (reader === undefined ? LIFE.everybody : LIFE.account);
  const [end, number] = [Math.ceil(least / STEP) * STEP, reader?.number ?? 0];
  const mark = tokens.mark(markedText(fileId, end, number, pictureOf));
  const hex = fileId.replaceAll('-', '') + digits(end, 8) + digits(number, 12) + digits(pictureOf, 12) + mark;
  return Buffer.from(hex, 'hex').toString('base64url');
};

/**
 * Does some message still carry the file? While the views are late nobody can tell, and a client opens the address in a
 * frame at once: then it counts.
 */
const isStillSent = async ({ queries, progress, events }: Services, fileId: string): Promise<boolean> =>
  (await queries.isSent(fileId)) || !(await progress.reached(await events.head(), LATE)) || queries.isSent(fileId);

/** The file, if it is still the picture of that number's account or conversation. `readerId`: undefined: it is in a frame. */
const pictureNumbered = async (queries: Queries, number: number, fileId: string, readerId: string | undefined) => {
  const person = await queries.userNumbered(number);
  if (person && pictureFile(person.avatar) === fileId)
    return queries.readablePicture({ address: person.avatar, by: person.id }, readerId ?? person.id);
  const found = readerId === undefined ? undefined : await queries.conversationNumbered(number);
  const seen = found && (await queries.readable(found.id, readerId!));
  if (!seen || pictureFile(seen.picture) !== fileId) return undefined;
  return queries.readablePicture({ address: seen.picture, by: seen.pictureBy }, readerId!);
};

/**
 * The file that a seal opens. Not after its end, not once the account that got it may no longer read the file, and not once
 * every message with the file was removed, or another picture has taken its place.
 */
export const fileSealed = async (services: Services, seal: string) => {
  const { core, queries } = services;
  const bytes = Buffer.from(seal.length === SEAL_LENGTH ? seal : '', 'base64url');
  const [, id = '', ...hex] = SEAL.exec(bytes.toString('hex')) ?? [];
  const fileId = toUuid(id);
  const [end = 0, number = 0, pictureOf = 0] = hex.slice(0, 3).map((digit) => Number.parseInt(digit, 16));
  if (fileId === undefined || !core.tokens.isMark(hex[3]!, markedText(fileId, end, number, pictureOf)))
    return undefined;
  if (end * MINUTE <= core.now().getTime()) return undefined;
  const reader = number === 0 ? undefined : await userNumbered(queries, number);
  if (number !== 0 && reader === undefined) return undefined;
  if (pictureOf !== 0) return pictureNumbered(queries, pictureOf, fileId, reader?.id);
  if (reader !== undefined) return queries.readableFile(fileId, reader.id);
  if (!(await isStillSent(services, fileId))) return undefined;
  // A client may open the address in a frame before the views have the file.
  return (await queries.filesById([fileId])).get(fileId) ?? (await core.ledger.load(files, fileId)) ?? undefined;
};
