// The proof in the address of a file. A browser's <img> sends no credentials, so the address itself has to prove that this
// server gave it, to whom, and until when it counts.

import type { Core } from '../../commands/core.ts';
import type { Services } from '../../services.ts';
import { userNumbered } from './find.ts';

const MINUTE = 60_000;
/** An address changes after so many minutes, so that lists read in between show the same one. */
const STEP = 15;
/** Minutes that an address counts at least: one that an answer gave to an account, and one in a frame, the same for all. */
const LIFE = { account: 60, everybody: 15 } as const;

/** Milliseconds that an address in a frame waits for the views. */
const LATE = 200;

const SEAL = /^([0-9a-f]{8})([0-9a-f]{12})([0-9a-f]{32})$/;
/** Hexadecimal digits of a seal: when it ends in minutes, the number of the account or 0, and the mark of both. */
export const SEAL_DIGITS = 52;

const markedText = (fileId: string, end: number, reader: number): string =>
  JSON.stringify(['file', fileId, end, reader]);

const digits = (value: number, length: number): string => value.toString(16).padStart(length, '0');

/** `reader`: the account that gets the address; undefined: everybody who gets the frame. */
export const sealOf = (
  { tokens, now }: Pick<Core, 'tokens' | 'now'>,
  fileId: string,
  reader: { readonly number: number } | undefined,
): string => {
  const least = now().getTime() / MINUTE + (reader === undefined ? LIFE.everybody : LIFE.account);
  const [end, number] = [Math.ceil(least / STEP) * STEP, reader?.number ?? 0];
  return digits(end, 8) + digits(number, 12) + tokens.mark(markedText(fileId, end, number));
};

/**
 * Does some message still carry the file? While the views are late nobody can tell, and a client opens the address in a
 * frame at once: then it counts.
 */
const isStillSent = async ({ queries, progress, events }: Services, fileId: string): Promise<boolean> =>
  (await queries.isSent(fileId)) || !(await progress.reached(await events.head(), LATE)) || queries.isSent(fileId);

/**
 * Does the address still count? Not after its end, not once the account that got it may no longer read the file, and not
 * once every message with the file was removed.
 */
export const isSealGood = async (services: Services, fileId: string, seal: string): Promise<boolean> => {
  const { core, queries } = services;
  const [, ending = '', numbered = '', mark = ''] = SEAL.exec(seal) ?? [];
  const [end, number] = [Number.parseInt(ending, 16), Number.parseInt(numbered, 16)];
  if (!core.tokens.isMark(mark, markedText(fileId, end, number))) return false;
  if (end * MINUTE <= core.now().getTime()) return false;
  if (number === 0) return isStillSent(services, fileId);
  const reader = await userNumbered(queries, number);
  return reader !== undefined && (await queries.readableFile(fileId, reader.id)) !== undefined;
};
