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

export interface ReadLog {
  readonly lines: readonly ImportedLine[];
  /** Every other line, but empty ones and those about the log itself. */
  readonly skipped: readonly Skipped[];
}

/** Clients note when they open and close a log. */
const ABOUT_THE_LOG = /^(?:--- Log |\*{4} |Session (?:Start|Time|Close|Ident))/i;

interface Numbered {
  readonly line: number;
  readonly text: string;
}

/** Lines without line ends and formatting; empty ones are left out. */
const linesOf = (text: string): readonly Numbered[] =>
  text
    .replace(/^\ufeff/, '')
    // Programs of old computers end lines with carriage returns alone. A log that was joined from several has lines of both kinds.
    .split(/(?<!\r)\r*\n|\r/)
    .map((raw, i) => ({ line: i + 1, text: withoutFormatting(raw).toWellFormed() }))
    .filter((one) => one.text.trim() !== '');

const action = (nick: string, text: string): string => `* ${nick} ${text}`;

type Recorded = Exclude<Body, { readonly kind: 'skipped' }>;

const imported = (body: Recorded, line: number, at: string): ImportedLine => {
  if (body.kind === 'did') return { kind: 'said', line, at, nick: body.nick, text: action(body.nick, body.text) };
  return { ...body, line, at };
};

/** `path`: of the file, which may have the day. `timezone`: of times without an offset. `now`: ISO time, after which nobody said anything. */
export const readIrcLog = (text: string, path: string, timezone = 'UTC', now = '9999'): ReadLog => {
  const days = followDays(dayInName(path), timezone);
  const lines: ImportedLine[] = [];
  const skipped: Skipped[] = [];
  const old: (Skipped & { readonly body: Recorded; readonly at: string })[] = [];
  for (const { line, text: whole } of linesOf(text)) {
    const day = dayIn(whole);
    if (day !== undefined) days.setDay(day);
    if (day === null) skipped.push({ line, reason: 'undated', text: whole });
    if (day !== undefined || ABOUT_THE_LOG.test(whole)) continue;
    const stamped = stampOf(whole);
    const body = readBody(stamped?.rest ?? whole);
    const at = days.at(stamped?.stamp ?? days.lastAt());
    const isSaid = body.kind === 'said' || body.kind === 'did';
    const did = body.kind === 'skipped' && body.reason === 'notice' ? readOldAction(whole) : undefined;
    if (did && at !== undefined && at <= now)
      old.push({ line, reason: 'notice', text: whole, body: { kind: 'did', ...did }, at });
    else if (body.kind === 'skipped') skipped.push({ line, reason: body.reason, text: whole });
    else if (at === undefined || (isSaid && !stamped)) skipped.push({ line, reason: 'undated', text: whole });
    else if (at > now) skipped.push({ line, reason: 'future', text: whole });
    else if (isSaid && isBlank(body.text)) skipped.push({ line, reason: 'blank', text: whole });
    else lines.push(imported(body, line, at));
  }
  if (old.length > 0) {
    const known = new Set(lines.map(({ nick }) => nick));
    for (const { body, at, ...rest } of old)
      if (known.has(body.nick)) lines.push(imported(body, rest.line, at));
      else skipped.push(rest);
    lines.sort((a, b) => a.line - b.line);
    skipped.sort((a, b) => a.line - b.line);
  }
  return { lines, skipped };
};
