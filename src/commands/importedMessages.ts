// Turns a line of another chat's log into messages.

import { digest, timedId } from '../domain/ids.ts';
import { fits, LIMITS } from '../domain/limits.ts';

export interface ImportedLine {
  readonly line: number;
  readonly nick: string;
  /** Null: the person joined. */
  readonly text: string | null;
  /** ISO time. */
  readonly at: string;
}

interface ImportedMessage extends ImportedLine {
  readonly text: string;
  readonly messageId: string;
  /** The id of the whole line as one message: lines were imported so before messages had a maximum length. */
  readonly wholeId: string;
}

/** A line becomes one message, or several if it is too long for one. */
export const messagesOf = (conversationId: string, log: string, imported: ImportedLine): readonly ImportedMessage[] => {
  const { line, nick, text, at } = imported;
  if (text === null) return [];
  const idOf = (...part: readonly number[]): string =>
    timedId(new Date(at), digest(conversationId, log, line, nick, text, ...part));
  const wholeId = idOf();
  if (fits(text, LIMITS.text)) return [{ ...imported, text, messageId: wholeId, wholeId }];
  const characters = [...text];
  return Array.from({ length: Math.ceil(characters.length / LIMITS.text) }, (_, i) => ({
    ...imported,
    text: characters.slice(i * LIMITS.text, (i + 1) * LIMITS.text).join(''),
    messageId: idOf(i),
    wholeId,
  }));
};
