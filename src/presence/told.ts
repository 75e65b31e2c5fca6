// What processes tell each other of presence: texts that fit into one of `Ephemera`, each with many accounts.

import { z } from 'zod';
import { EPHEMERA_CHARS } from '../store/ports.ts';
import type { PresenceState, Status } from './states.ts';

/** Of an account: its state at the process that tells, or that it chose to be disturbed again, wherever it chose the other. */
export type Letter = 'o' | 'a' | 'd' | 'g' | 'x';

const letters: Readonly<Record<PresenceState, Letter>> = { online: 'o', away: 'a', dnd: 'd', offline: 'g' };
const states: Readonly<Partial<Record<string, PresenceState>>> = { o: 'online', a: 'away', d: 'dnd', g: 'offline' };

export const letterOf = (state: PresenceState): Letter => letters[state];

/** An id in 22 characters: a UUID has 36. */
const shortened = (id: string): string => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
const lengthened = (short: string): string =>
  Buffer.from(short, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const ENTRY = 23;

const Told = z.union([
  z.strictObject({ by: z.string().max(36), present: z.string().regex(/^(?:[oadgx][\w-]{22})*$/) }),
  z.strictObject({
    statusOf: z.string(),
    setAt: z.number(),
    status: z.object({ text: z.string(), emoji: z.string().nullable(), endsAt: z.string().nullable() }).nullable(),
  }),
]);

export type Heard =
  | {
      readonly by: string;
      readonly entries: readonly (readonly [userId: string, state: PresenceState | 'disturbable'])[];
    }
  | { readonly statusOf: string; readonly setAt: number; readonly status: Status | null };

/** Undefined: it is about something else, or of a version that means something else by it. */
export const readTold = (text: string): Heard | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data } = Told.safeParse(value);
  if (data === undefined || 'statusOf' in data) return data;
  const entries = (data.present.match(/.{23}/g) ?? []).map(
    (entry) => [lengthened(entry.slice(1)), states[entry[0]!] ?? 'disturbable'] as const,
  );
  return { by: data.by, entries };
};

/** Accounts of one text. */
export const ACCOUNTS_PER_TEXT = Math.floor(
  (EPHEMERA_CHARS - JSON.stringify({ by: '', present: '' }).length - 36) / ENTRY,
);

/** At most `ACCOUNTS_PER_TEXT` accounts. */
export const textOfStates = (by: string, entries: readonly (readonly [userId: string, letter: Letter])[]): string =>
  JSON.stringify({ by, present: entries.map(([userId, letter]) => letter + shortened(userId)).join('') });

export const textOfStatus = (statusOf: string, setAt: number, status: Status | null): string =>
  JSON.stringify({ statusOf, setAt, status });
