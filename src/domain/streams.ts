// The names of streams: `<kind>-<id>`, `log` and `seals`.

/** The one stream about the log itself. */
export const THE_LOG = 'log';

/** The one stream of the seals of the log. */
export const THE_SEALS = 'seals';

export const streams = {
  user: (id: string) => `user-${id}`,
  session: (id: string) => `session-${id}`,
  invitation: (id: string) => `invitation-${id}`,
  ticket: (id: string) => `ticket-${id}`,
  /** Of `<claim kind>-<hash>`. */
  claim: (id: string) => `claim-${id}`,
  /** Of a kind of numbers. */
  numbers: (id: string) => `numbers-${id}`,
  conversation: (id: string) => `conversation-${id}`,
  /** Of a conversation id. */
  messages: (id: string) => `messages-${id}`,
  /** Of `<conversationId>-<messageId>`: what happens to a message after it was sent. */
  message: (id: string) => `message-${id}`,
  /** Of `<conversationId>-<threadId>-<userId>`: how an account treats a thread, which its first message names. */
  thread: (id: string) => `thread-${id}`,
  /** Of a user id. */
  bookmarks: (id: string) => `bookmarks-${id}`,
  /** Of `<conversationId>-<userId>`. */
  reads: (id: string) => `reads-${id}`,
  file: (id: string) => `file-${id}`,
  /** Of the id of what is erased. */
  erasure: (id: string) => `erasure-${id}`,
  /** Of a user id: what was refused to the account, or guessed at it. */
  security: (id: string) => `security-${id}`,
  /** Of a user id: what the auditor asked. */
  audit: (id: string) => `audit-${id}`,
} as const;

/** The kinds of streams, as their names begin. */
export const categories = [THE_LOG, THE_SEALS, ...Object.keys(streams)] as const;

/** Whether a stream is of this kind. */
export const isOfCategory = (stream: string, category: string): boolean =>
  stream === category || stream.startsWith(`${category}-`);

const prefixes = Object.values(streams).map((kind) => kind(''));

/** Whether a stream is one of this program. A server that keeps the log may have streams of other programs as well. */
export const isOurStream = (stream: string): boolean =>
  stream === THE_LOG || stream === THE_SEALS || prefixes.some((prefix) => stream.startsWith(prefix));

/** Whether the name is one of this program's after a prefix: several installations may share a server. */
export const isOfOtherInstallation = (stream: string): boolean =>
  stream.endsWith(THE_LOG) || stream.endsWith(THE_SEALS) || prefixes.some((prefix) => stream.indexOf(prefix) > 0);

/** The id after the prefix of `kind`; undefined: a stream of another kind. */
const idIn = (stream: string, kind: (id: string) => string): string | undefined => {
  const prefix = kind('');
  return stream.startsWith(prefix) ? stream.slice(prefix.length) : undefined;
};

export const userIdOf = (stream: string): string | undefined => idIn(stream, streams.user);

/** Characters of a UUID. */
const ID = 36;

/** The accounts that the name of a stream has: of an account itself, of what it reads and keeps, and of what is noted about it. */
export const userIdsOf = (stream: string): readonly string[] => {
  const id =
    userIdOf(stream) ??
    idIn(stream, streams.security) ??
    idIn(stream, streams.audit) ??
    idIn(stream, streams.bookmarks) ??
    idIn(stream, streams.thread)?.slice(2 * (ID + 1)) ??
    idIn(stream, streams.reads)?.slice(ID + 1);
  return id === undefined ? [] : [id];
};

/** The conversation that its own stream, that of its messages, or that of one message, is about. */
export const conversationIdOf = (stream: string): string | undefined =>
  idIn(stream, streams.messages) ?? idIn(stream, streams.conversation) ?? idIn(stream, streams.message)?.slice(0, ID);

/** Whether a stream is about one message, file or session, which name those whose they are only in their events. */
export const isOfOneThing = (stream: string): boolean =>
  [streams.message, streams.file, streams.session].some((kind) => idIn(stream, kind) !== undefined);

export const isOfMessages = (stream: string): boolean => idIn(stream, streams.messages) !== undefined;

/** The message that a stream is about: what happened to it after it was sent. */
export const messageIdOf = (stream: string): string | undefined => idIn(stream, streams.message)?.slice(ID + 1);

/** The conversation that a stream is about, be it about its messages or its readers. */
export const conversationIdIn = (stream: string): string | undefined =>
  conversationIdOf(stream) ?? (idIn(stream, streams.reads) ?? idIn(stream, streams.thread))?.slice(0, ID);

export const isOfConversation = (stream: string, conversationId: string): boolean =>
  conversationIdIn(stream) === conversationId;

/** The account that a stream is about, or that it keeps something for. An erasure may also be of something else. */
export const personOf = (stream: string): string | undefined => userIdsOf(stream)[0] ?? idIn(stream, streams.erasure);
