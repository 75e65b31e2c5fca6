// What a chat must come to, said as simply as possible: no log, no views, no sockets. Random runs are held to it.

export type Kind = 'group' | 'room' | 'direct';

export interface Said {
  readonly id: string;
  readonly seq: number;
  readonly position: number;
  readonly by: string;
  /** What it says, also while it is removed. */
  text: string;
  /** Of the message that began its thread. */
  readonly threadId?: string | undefined;
  isRemoved?: boolean;
}

export const shownText = ({ text, isRemoved }: Said): string => (isRemoved ? '' : text);

export interface ModelConversation {
  readonly id: string;
  readonly kind: Kind;
  readonly public: boolean;
  /** In the order of joining, with what they are. */
  readonly members: Map<string, 'owner' | 'member'>;
  /** In the order of `seq`. */
  readonly said: Said[];
  /** Of the members: how far each has read. */
  readonly readUpTo: Map<string, number>;
}

export const mayRead = ({ kind, public: isPublic, members }: ModelConversation, userId: string): boolean =>
  kind === 'room' || isPublic || members.has(userId);

/** The thread of the message at a place. Undefined: there is none. */
export const threadAt = ({ said }: ModelConversation, place: number): string | undefined =>
  said[place] && (said[place].threadId ?? said[place].id);

/** How many messages answer one in its thread and were not removed. Null: none ever did. */
export const answersTo = ({ said }: ModelConversation, messageId: string): number | null => {
  const answers = said.filter(({ threadId }) => threadId === messageId);
  return answers.length === 0 ? null : answers.filter(({ isRemoved }) => !isRemoved).length;
};

/** What others said since a member came, that the member has not read. */
export const unread = ({ said, readUpTo }: ModelConversation, userId: string): number =>
  said.filter(({ seq, by, isRemoved }) => seq > (readUpTo.get(userId) ?? 0) && by !== userId && !isRemoved).length;

export const mark = ({ said, readUpTo, members }: ModelConversation, userId: string, upTo: number): void => {
  if (members.has(userId)) readUpTo.set(userId, Math.min(upTo, said.length));
};

/** What senders do with a message of theirs, and the status that they are answered with. */
export const treatments = {
  'take back': (message: Said) => {
    message.isRemoved = true;
    return 204;
  },
  restore: (message: Said) => {
    message.isRemoved = false;
    return 204;
  },
  edit: (message: Said, text: string, mayWrite: boolean) => {
    if (!mayWrite) return 403;
    if (message.isRemoved) return 409;
    message.text = text;
    return 200;
  },
} as const;

/** One of the sender's messages; undefined: there is none. */
export const ownMessage = ({ said }: ModelConversation, userId: string, which: number): Said | undefined => {
  const own = said.filter(({ by }) => by === userId);
  return own[which % Math.max(1, own.length)];
};

export const mayWrite = ({ kind, members }: ModelConversation, userId: string): boolean =>
  kind === 'room' || members.has(userId);

/** What somebody does to a conversation: changes it, and gives the status that they are answered with. */
type Change = (conversation: ModelConversation, by: string, other: string) => number;

const join: Change = (conversation, userId) => {
  if (!mayRead(conversation, userId)) return 404;
  if (conversation.kind === 'room' || conversation.members.has(userId)) return 200;
  conversation.members.set(userId, conversation.members.size === 0 ? 'owner' : 'member');
  conversation.readUpTo.set(userId, conversation.said.length);
  return 200;
};

const leave: Change = (conversation, userId) => {
  if (!mayRead(conversation, userId)) return 404;
  const { kind, members } = conversation;
  if (kind === 'direct') return 409;
  if (kind === 'room') return 204;
  members.delete(userId);
  const [heir] = members.keys();
  if (heir !== undefined && ![...members.values()].includes('owner')) members.set(heir, 'owner');
  return 204;
};

const mayManage = (conversation: ModelConversation, userId: string): number | undefined => {
  if (!mayRead(conversation, userId)) return 404;
  if (conversation.kind !== 'group') return 409;
  return conversation.members.get(userId) === 'owner' ? undefined : 403;
};

const add: Change = (conversation, by, userId) => {
  const refused = mayManage(conversation, by);
  if (refused !== undefined) return refused;
  if (!conversation.members.has(userId)) conversation.readUpTo.set(userId, conversation.said.length);
  if (!conversation.members.has(userId)) conversation.members.set(userId, 'member');
  return 201;
};

const remove: Change = (conversation, by, userId) => {
  if (by === userId) return leave(conversation, by, by);
  const refused = mayManage(conversation, by);
  if (refused !== undefined) return refused;
  conversation.members.delete(userId);
  return 204;
};

export const changes = { join, leave, add, remove } as const;

export const saying = (conversation: ModelConversation, userId: string): number => {
  if (!mayRead(conversation, userId)) return 404;
  return mayWrite(conversation, userId) ? 201 : 403;
};
