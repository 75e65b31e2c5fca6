// Reacting to a message, and taking it back.

import { emojiOf } from './emoji.ts';
import type { Events } from './events.ts';
import { type Asked, stillSaid } from './messageAccess.ts';
import { PersistentMap } from './persistentMap.ts';
import { Refused } from './refused.ts';
import type { SaidMessage } from './saidMessage.ts';

/** Different emoji on one message at most; and with those that nobody reacts with any more, of which the views keep something. */
export const MOST_EMOJI = { atOnce: 50, ever: 100 } as const;

/** May somebody be the first to react with the emoji? */
const hasRoomFor = ({ reactions, emoji: ever }: SaidMessage, emoji: string): boolean =>
  reactions.size < MOST_EMOJI.atOnce && (ever.size < MOST_EMOJI.ever || ever.has(emoji));

/** The reaction that somebody means, and who reacts with the same emoji now. @throws Refused */
const reactionOf = (said: SaidMessage, wanted: string, ...asked: Asked) => {
  const { conversationId, messageId } = stillSaid(said, 'react', ...asked);
  const emoji = emojiOf(wanted);
  if (emoji === undefined) throw new Refused('emoji-unknown', 'emoji');
  const [, { userId }] = asked;
  const people = said.reactions.get(emoji) ?? PersistentMap.empty;
  return { reaction: { conversationId, messageId, userId, emoji }, people, isThere: people.has(userId) };
};

export const addReaction = (said: SaidMessage, wanted: string, ...asked: Asked): Events => {
  const { reaction, people, isThere } = reactionOf(said, wanted, ...asked);
  if (isThere) return [];
  if (people.size === 0 && !hasRoomFor(said, reaction.emoji)) throw new Refused('too-many-reactions', 'emoji');
  return [{ type: 'ReactionAdded', data: { ...reaction, count: people.size + 1 } }];
};

export const takeBackReaction = (said: SaidMessage, wanted: string, ...asked: Asked): Events => {
  const { reaction, people, isThere } = reactionOf(said, wanted, ...asked);
  return isThere ? [{ type: 'ReactionTakenBack', data: { ...reaction, count: people.size - 1 } }] : [];
};
