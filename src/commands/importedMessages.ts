// From a line of another chat's log to messages: one, or several where the line is too long for one.

import { digest, timedId } from '../domain/ids.ts';
import { fits, LIMITS } from '../domain/limits.ts';

export interface ImportedLine {
  readonly line: number;
  readonly nick: string;
  /** Null: they joined. */
  readonly text: string | null;
  /** ISO time. */
  readonly at: string;
}

export interface ImportedMessage extends ImportedLine {
  readonly text: string;
  readonly messageId: string;
  /** Of the line in one message, as it was imported before messages had a limit. */
  readonly wholeId: string;
}

/** A line becomes one message; a line that is too long for one becomes several, cut between characters. */
export const messagesOf = (conversationId: string, log: string, said: ImportedLine): readonly ImportedMessage[] => {
  const { line, nick, text, at } = said;
  if (text === null) return [];
  const idOf = (...part: readonly number[]): string =>
    timedId(new Date(at), digest(conversationId, log, line, nick, text, ...part));
  const wholeId = idOf();
  if (fits(text, LIMITS.text)) return [{ ...said, text, messageId: wholeId, wholeId }];
  const characters = [...text];
  return Array.from({ length: Math.ceil(characters.length / LIMITS.text) }, (_, i) => ({
    ...said,
    text: characters.slice(i * LIMITS.text, (i + 1) * LIMITS.text).join(''),
    messageId: idOf(i),
    wholeId,
  }));
};
