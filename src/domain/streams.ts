// The names of streams: `<kind>-<id>`.

export const streams = {
  user: (id: string) => `user-${id}`,
  session: (id: string) => `session-${id}`,
  ticket: (id: string) => `ticket-${id}`,
  /** Of `<claim kind>-<hash>`. */
  claim: (id: string) => `claim-${id}`,
  /** Of a kind of numbers. */
  numbers: (id: string) => `numbers-${id}`,
  conversation: (id: string) => `conversation-${id}`,
  /** Of a conversation id. */
  messages: (id: string) => `messages-${id}`,
  /** Of `<conversationId>-<userId>`. */
  reads: (id: string) => `reads-${id}`,
  file: (id: string) => `file-${id}`,
} as const;

/** The id after the prefix of `kind`; undefined: a stream of another kind. */
const idIn = (stream: string, kind: (id: string) => string): string | undefined => {
  const prefix = kind('');
  return stream.startsWith(prefix) ? stream.slice(prefix.length) : undefined;
};

export const userIdOf = (stream: string): string | undefined => idIn(stream, streams.user);

/** The conversation that the stream, or the stream of its messages, is about. */
export const conversationIdOf = (stream: string): string | undefined =>
  idIn(stream, streams.messages) ?? idIn(stream, streams.conversation);

export const isOfMessages = (stream: string): boolean => idIn(stream, streams.messages) !== undefined;
