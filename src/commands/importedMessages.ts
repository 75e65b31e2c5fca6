// Turns a line of another chat's log into messages.

import { digest, timedId } from '../domain/ids.ts';
import { fits, LIMITS } from '../domain/limits.ts';

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

interface ImportedMessage extends Said {
  readonly messageId: string;
}

/** A line becomes one message, or several if it is too long for one. */
export const messagesOf = (conversationId: string, log: string, imported: ImportedLine): readonly ImportedMessage[] => {
  if (imported.kind !== 'said') return [];
  const { line, nick, text, at } = imported;
  const idOf = (...part: readonly number[]): string =>
    timedId(new Date(at), digest(conversationId, log, line, nick, text, ...part));
  if (fits(text, LIMITS.text)) return [{ ...imported, messageId: idOf() }];
  const characters = [...text];
  return Array.from({ length: Math.ceil(characters.length / LIMITS.text) }, (_, i) => ({
    ...imported,
    text: characters.slice(i * LIMITS.text, (i + 1) * LIMITS.text).join(''),
    messageId: idOf(i),
  }));
};
