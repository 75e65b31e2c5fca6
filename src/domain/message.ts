// Sending messages to a conversation.

import { check } from './access.ts';
import { type Account, factsOfFile, readerOf } from './accessFacts.ts';
import type { AppendOnly } from './aggregate.ts';
import { type Conversation, permitted } from './conversation.ts';
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

export const sendMessage = (
  conversation: Conversation,
  sender: User,
  message: NewMessage,
  references: References = withoutReferences,
): Events => {
  permitted(conversation, registered(sender), 'write');
  if (isDeserted(conversation)) throw new Refused('user-unknown');
  checkTexts({ text: message.text });
  if (isBlank(message.text) && message.file === null) throw new Refused('message-empty', 'text');
  if (message.file !== null) check(readerOf(accountOf(sender)), 'sendFile', factsOfFile(message.file), 'fileId');
  const referred =
    references === withoutReferences ? message : { ...message, ...referring(conversation, sender, references) };
  return [{ type: 'MessageSent', data: sent(conversation, sender.userId, referred) }];
};

/** A visitor sends an enquiry to its desk, and the desk answers at once with `answer`. `visitor`: as it names itself. */
export const makeEnquiry = (
  conversation: Conversation,
  account: Account,
  visitor: { name: string; email: string },
  enquiry: NewMessage,
  answer: NewMessage,
): Events => {
  // Nobody could read what an erased visitor says.
  const isBlocked = conversation.visitorErased || [...conversation.attitudes.values()].includes('blocked');
  check(readerOf(account, isBlocked ? 'blocked' : 'none'), 'enquire', conversation);
  if (isBlank(enquiry.text)) throw new Refused('message-empty', 'text');
  checkTexts({ text: enquiry.text, answer: answer.text });
  return [
    { type: 'MessageSent', data: { ...sent(conversation, null, enquiry), visitor } },
    { type: 'MessageSent', data: { ...sent(conversation, null, answer), answers: enquiry.messageId } },
  ];
};
