// Reads the log of an IRC channel. Pure.

import type { ImportedLine } from '../../commands/importedMessages.ts';
import { isBlank } from '../../domain/texts.ts';
import { type Body, type Reason, readBody, readOldAction, withoutFormatting } from './bodies.ts';
import { dayIn, dayInName } from './days.ts';
import { followDays, stampOf } from './stamps.ts';

export interface Skipped {
  readonly line: number;
  readonly reason: Reason;
  readonly text: string;
}

/** Clients note when they open and close a log. */
const ABOUT_THE_LOG = /^(?:--- Log |\*{4} |Session (?:Start|Time|Close|Ident))/i;

const action = (nick: string, text: string): string => `* ${nick} ${text}`;

type Recorded = Exclude<Body, { readonly kind: 'skipped' }>;

const imported = (body: Recorded, line: number, at: string): ImportedLine => {
  if (body.kind === 'did') return { kind: 'said', line, at, nick: body.nick, text: action(body.nick, body.text) };
  return { ...body, line, at };
};

/** What is read of a line: what to record, or why not. Both: the first if somebody of the log has the nickname, as only its end tells. */
export interface Read {
  readonly recorded?: ImportedLine | undefined;
  readonly skipped?: Skipped | undefined;
}

/**
 * Reads the lines of one log, in their order. `path`: of the file, which may have the day. `timezone`: of times without an offset. `now`:
 * ISO time, after which nobody said anything. Undefined: there is nothing to read in the line.
 */
export const logReader = (path: string, timezone = 'UTC', now = '9999') => {
  const days = followDays(dayInName(path), timezone);
  return (raw: string, line: number): Read | undefined => {
    const whole = withoutFormatting(raw.replace(/^\ufeff/, '')).toWellFormed();
    if (whole.trim() === '') return undefined;
    const skipped = (reason: Reason): Read => ({ skipped: { line, reason, text: whole } });
    const day = dayIn(whole);
    if (day !== undefined) days.setDay(day);
    if (day === null) return skipped('undated');
    if (day !== undefined || ABOUT_THE_LOG.test(whole)) return undefined;
    const stamped = stampOf(whole);
    const body = readBody(stamped?.rest ?? whole);
    const at = days.at(stamped?.stamp ?? days.lastAt());
    const isSaid = body.kind === 'said' || body.kind === 'did';
    if (body.kind === 'skipped') {
      const did = body.reason === 'notice' ? readOldAction(whole) : undefined;
      const isOld = did && at !== undefined && at <= now;
      return { ...skipped(body.reason), ...(isOld && { recorded: imported({ kind: 'did', ...did }, line, at) }) };
    }
    if (at === undefined || (isSaid && !stamped)) return skipped('undated');
    if (at > now) return skipped('future');
    if (isSaid && isBlank(body.text)) return skipped('blank');
    return { recorded: imported(body, line, at) };
  };
};

/** `nicks`: of all lines of the log that are certain. */
export const decided = (read: Read, nicks: ReadonlySet<string>): Read =>
  read.recorded === undefined || read.skipped === undefined
    ? read
    : nicks.has(read.recorded.nick)
      ? { recorded: read.recorded }
      : { skipped: read.skipped };

/** Of a line that is certain. */
export const nickIn = ({ recorded, skipped }: Read): string | undefined =>
  skipped === undefined ? recorded?.nick : undefined;
