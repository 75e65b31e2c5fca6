// Sending messages to a conversation.

import { check, may } from './access.ts';
import { type Account, factsOfFile, readerOf } from './accessFacts.ts';
import type { AppendOnly } from './aggregate.ts';
import type { Conversation } from './conversation.ts';
import { enquirerAt, permitted, readerIn } from './conversationAccess.ts';
import type { DataOf, Events } from './events.ts';
import { kindOf } from './file.ts';
import { checkTexts } from './limits.ts';
import { type References, referring } from './references.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';
import { isBlank } from './texts.ts';
import { accountOf, registered, type User } from './user.ts';

/** The messages of a conversation. */
export const messages: AppendOnly = { stream: streams.messages };

interface NewMessage {
  readonly messageId: string;
  readonly number: number;
  readonly text: string;
  readonly file: DataOf<'FileStored'> | null;
  readonly sentAt?: string;
}

const withoutReferences: References = {};

const otherOf = ({ userIds }: Conversation, senderId: string | null): string | null =>
  senderId === null ? null : (userIds.find((userId) => userId !== senderId) ?? userIds[0] ?? null);

const sent = (
  conversation: Conversation,
  senderId: string | null,
  { file, ...said }: NewMessage & Pick<DataOf<'MessageSent'>, 'replyTo' | 'threadId'>,
): DataOf<'MessageSent'> => ({
  ...said,
  conversationId: conversation.conversationId,
  senderId,
  receiverId: otherOf(conversation, senderId),
  kind: file === null ? 'text' : kindOf(file.mediaType),
  fileId: file?.fileId ?? null,
});

/** A direct chat whose other user was deleted: nobody would read the message. */
const isDeserted = ({ kind, userIds, members }: Conversation): boolean =>
  kind === 'direct' && !userIds.every((userId) => members.has(userId));

/** Whom a text calls. */
export interface Callable {
  /** Those whom it names. */
  readonly named: readonly User[];
  readonly everyone: boolean;
  /** Who is present, if it calls them. */
  readonly here: readonly string[] | undefined;
}

/** Who may not read the conversation is not called, as if the name were nobody's; without the right, `@everyone` is plain text. */
const callsOf = (
  conversation: Conversation,
  sender: User,
  { named, everyone, here }: Callable,
): Pick<DataOf<'MessageSent'>, 'mentioned' | 'call'> => {
  const mayCall = (everyone || here !== undefined) && may(readerIn(conversation, sender), 'callAll', conversation);
  const call = mayCall ? (everyone ? 'everyone' : 'here') : undefined;
  const readers = named.filter((user) => may(readerIn(conversation, user), 'read', conversation));
  const present =
    call === 'here' ? here!.filter((id) => conversation.kind === 'room' || conversation.members.has(id)) : [];
  const mentioned = new Set([...readers.map(({ userId }) => userId), ...present]);
  mentioned.delete(sender.userId);
  return { ...(mentioned.size > 0 && { mentioned: [...mentioned] }), ...(call && { call }) };
};

/** What a message names beside its text. */
interface Naming {
  readonly references?: References | undefined;
  readonly callable?: Callable | undefined;
}

/** @throws Refused `message-empty` */
export const mustSay = (text: string, hasFile: boolean): void => {
  if (isBlank(text) && !hasFile) throw new Refused('message-empty', 'text');
};

/** `file`: `unknown`: there is none of the id that was given. Refused like that of somebody else, after all that comes before. */
type Sending = Omit<NewMessage, 'file'> & { readonly file: NewMessage['file'] | 'unknown' };

export const sendMessage = (
  conversation: Conversation,
  sender: User,
  { file, ...said }: Sending,
  { references = withoutReferences, callable }: Naming = {},
): Events => {
  permitted(conversation, registered(sender), 'write');
  if (isDeserted(conversation)) throw new Refused('user-unknown');
  checkTexts({ text: said.text });
  mustSay(said.text, file !== null);
  if (file === 'unknown') throw new Refused('file-unknown', 'fileId');
  if (file !== null) check(readerOf(accountOf(sender)), 'sendFile', factsOfFile(file), 'fileId');
  const message = { ...said, file };
  const calls = callable && callsOf(conversation, sender, callable);
  const referred =
    references === withoutReferences ? message : { ...message, ...referring(conversation, sender, references) };
  return [{ type: 'MessageSent', data: { ...sent(conversation, sender.userId, referred), ...calls } }];
};

/** A visitor sends an enquiry to its desk, and the desk answers at once with `answer`. `visitor`: as it names itself. */
export const makeEnquiry = (
  conversation: Conversation,
  account: Account,
  visitor: { name: string; email: string },
  enquiry: NewMessage,
  answer: NewMessage,
): Events => {
  check(enquirerAt(conversation, account), 'enquire', conversation);
  mustSay(enquiry.text, false);
  checkTexts({ text: enquiry.text, answer: answer.text });
  return [
    { type: 'MessageSent', data: { ...sent(conversation, null, enquiry), visitor } },
    { type: 'MessageSent', data: { ...sent(conversation, null, answer), answers: enquiry.messageId } },
  ];
};
