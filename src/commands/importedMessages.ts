// Turns the lines of another chat's logs into messages, in the order of their times.

import { timedId } from '../domain/ids.ts';
import { fits, LIMITS } from '../domain/limits.ts';
import { beginning, isBlank } from '../domain/texts.ts';
import type { Core } from './core.ts';

interface Placed {
  readonly line: number;
  readonly nick: string;
  /** ISO time. */
  readonly at: string;
}

interface Said extends Placed {
  readonly kind: 'said';
  readonly text: string;
}

export type ImportedLine =
  | Said
  | (Placed & { readonly kind: 'joined' })
  | (Placed & { readonly kind: 'renamed'; readonly to: string })
  | (Placed & { readonly kind: 'topic'; readonly text: string });

/** A line, its log, and how many equal ones stand before it there. */
export interface LineOfLog {
  readonly log: string;
  readonly said: ImportedLine;
  readonly nth: number;
}

/** Milliseconds by which a line may be older than the one before it: clocks are set back. */
export const WOBBLE = 2 * 60 * 60 * 1000;

/** A line, and the time by which it stands among all lines. */
export interface PlacedLine {
  readonly time: number;
  /** The number of its log: several may have one name. */
  readonly from: number;
  readonly log: string;
  readonly said: ImportedLine;
}

/** Places the lines of one log, in their order: those that only the clock sets back stay where they are. */
export const placing = (from: number, log: string) => {
  let time = 0;
  return (said: ImportedLine): PlacedLine => {
    const at = Date.parse(said.at);
    time = at < time - WOBBLE ? at : Math.max(at, time);
    return { time, from, log, said };
  };
};

/** Counts equal lines of one log. `lines`: by their `time`, which is less than `WOBBLE` behind the time that a line says. */
export function* numbered(lines: Iterable<PlacedLine>): Generator<LineOfLog> {
  let [begun, counts, before] = [0, new Map<string, number>(), new Map<string, number>()];
  for (const { time, from, log, said } of lines) {
    if (time > begun + WOBBLE) [begun, counts, before] = [time, new Map(), counts];
    const key = said.kind === 'said' ? `${from}\n${said.at}\n${said.nick}\n${said.text}` : '';
    const nth = counts.get(key) ?? before.get(key) ?? 0;
    counts.set(key, nth + 1);
    yield { log, said, nth };
  }
}

interface ImportedMessage extends Said {
  readonly messageId: string;
}

/** Texts that fit a message each, and together are `text`, but for a part of white space alone. */
const partsOf = (text: string): readonly string[] => {
  const parts: string[] = [];
  for (let rest = text; rest !== ''; rest = rest.slice(parts.at(-1)!.length)) parts.push(beginning(rest, LIMITS.text));
  return parts.filter((part) => !isBlank(part));
};

/**
 * A line becomes one message, or several if it is too long for one. Their ids are made of what was said when by whom,
 * so that the same line in another log of the conversation is the same message; by a pseudonym, so that nobody finds an erased
 * text by trying texts.
 */
export const messagesOf = (
  { pseudonym }: Pick<Core, 'pseudonym'>,
  conversationId: string,
  { said, nth }: LineOfLog,
): readonly ImportedMessage[] => {
  if (said.kind !== 'said') return [];
  const { nick, text, at } = said;
  const idOf = (...part: readonly number[]): string =>
    timedId(new Date(at), Buffer.from(pseudonym('line', conversationId, at, nick, text, [nth, ...part].join()), 'hex'));
  if (fits(text, LIMITS.text)) return [{ ...said, messageId: idOf() }];
  return partsOf(text).map((part, i) => ({ ...said, text: part, messageId: idOf(i) }));
};
