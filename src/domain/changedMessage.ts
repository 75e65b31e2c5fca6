// Editing a message, removing it and bringing it back.

import type { Conversation } from './conversation.ts';
import { permitted } from './conversationAccess.ts';
import type { Events } from './events.ts';
import { checkTexts, MAX_EDITS } from './limits.ts';
import { mustSay } from './message.ts';
import { mustBeThere, permittedOn } from './messageAccess.ts';
import { Refused } from './refused.ts';
import type { SaidMessage, Sent } from './saidMessage.ts';
import type { User } from './user.ts';

/** Who asks for what, when. `sent`: as the conversation has it; undefined: it has no message of that id. */
export interface Wanted {
  readonly conversation: Conversation;
  readonly by: User;
  readonly sent: Sent | undefined;
  readonly now: Date;
}

/** `window`: seconds; null: no end. `from`: ISO time. */
const isOver = (window: number | null, from: string, now: Date): boolean =>
  window !== null && now.getTime() - Date.parse(from) > window * 1000;

/** Whom the message names stays as it was resolved when it was said: an edit calls nobody. */
export const editMessage = (said: SaidMessage, { conversation, by, sent, now }: Wanted, text: string): Events => {
  const asked = permittedOn('editMessage', conversation, by, sent);
  permitted(conversation, by, 'write');
  mustBeThere(asked, said);
  checkTexts({ text });
  mustSay(text, asked.fileId !== null);
  if (text === (said.text ?? asked.text)) return [];
  if (isOver(conversation.policy.editFor, asked.at, now)) throw new Refused('too-late');
  if (said.edits >= MAX_EDITS) throw new Refused('edited-too-often');
  const { conversationId, messageId } = asked;
  return [{ type: 'MessageEdited', data: { conversationId, messageId, senderId: by.userId, text } }];
};

/**
 * Moderators and admins are not bound by the time that senders have. What its sender has removed they remove once more: then
 * the sender cannot restore it.
 */
export const removeMessage = (said: SaidMessage, { conversation, by, sent, now }: Wanted): Events => {
  const { conversationId, messageId, senderId, threadId, at } = permittedOn('removeMessage', conversation, by, sent);
  const isBySender = by.userId === senderId;
  if (said.isRemoved && (isBySender || said.removedBy !== senderId)) return [];
  if (isOver(conversation.policy.removeFor, at, now)) permittedOn('removeMessageLate', conversation, by, sent);
  const ofOther = senderId === null || isBySender ? {} : { senderId };
  const inThread = threadId === undefined ? {} : { threadId };
  const again = said.isRemoved ? { again: true as const } : {};
  const data = { conversationId, messageId, ...ofOther, ...inThread, removedBy: by.userId, ...again };
  return [{ type: 'MessageRemoved', data }];
};

/** Whoever removed it has as long for this, from then on, as a sender has to remove a message. */
export const restoreMessage = (said: SaidMessage, { conversation, by, sent, now }: Wanted): Events => {
  const asked = permittedOn('removeMessage', conversation, by, sent);
  if (said.isErased) throw new Refused('message-removed');
  if (!said.isRemoved) return [];
  permittedOn('restoreMessage', conversation, by, sent, said);
  if (isOver(conversation.policy.removeFor, said.removedAt, now)) throw new Refused('too-late');
  const { conversationId, messageId, seq, senderId, sentAt, threadId } = asked;
  const imported = sentAt === undefined ? {} : { sentAt };
  const inThread = threadId === undefined ? {} : { threadId };
  const data = { conversationId, messageId, seq, senderId, ...imported, ...inThread, restoredBy: by.userId };
  return [{ type: 'MessageRestored', data }];
};
