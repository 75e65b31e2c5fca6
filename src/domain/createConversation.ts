// How a conversation begins: as a group, a room, a direct chat or a desk.

import { type Claimed, checkClaims } from './claim.ts';
import { type Conversation, memberAdded } from './conversation.ts';
import type { DataOf, Events } from './events.ts';
import { checkTexts } from './limits.ts';
import { Refused } from './refused.ts';

export const createGroup = (
  state: Conversation,
  group: DataOf<'GroupCreated'>,
  members: readonly string[],
  claimed: readonly Claimed[],
): Events => {
  if (state.exists) throw new Refused('conflict');
  checkTexts(group);
  checkClaims(state.forfeited, claimed);
  const { conversationId, ownerId } = group;
  const others = [...new Set(members)].filter((userId) => userId !== ownerId);
  const add = (userId: string) => memberAdded({ conversationId, userId, role: 'member', addedBy: ownerId, upTo: 0 });
  return [{ type: 'GroupCreated', data: group }, ...others.map(add)];
};

export const openRoom = (state: Conversation, room: DataOf<'RoomOpened'>): Events => {
  if (state.exists) throw new Refused('conflict');
  checkTexts(room);
  return [{ type: 'RoomOpened', data: room }];
};

/** Either user starts the chat, once; a second start records nothing. */
export const startDirectChat = (state: Conversation, chat: DataOf<'DirectChatStarted'>): Events =>
  state.exists ? [] : [{ type: 'DirectChatStarted', data: chat }];

/** Opened once; a second opening records nothing. */
export const openDesk = (state: Conversation, desk: DataOf<'DeskOpened'>): Events => {
  checkTexts(desk);
  return state.exists ? [] : [{ type: 'DeskOpened', data: desk }];
};

export const giveSlug = (state: Conversation, slug: string, claimed: readonly Claimed[]): Events => {
  checkTexts({ slug });
  checkClaims(state.forfeited, claimed);
  return state.slug === slug ? [] : [{ type: 'SlugGiven', data: { conversationId: state.conversationId, slug } }];
};

/** Either user starts the chat under a slug, or gives it to the chat that they have. */
export const startNamedChat = (
  state: Conversation,
  chat: DataOf<'DirectChatStarted'>,
  slug: string,
  claimed: readonly Claimed[],
): Events => {
  const { conversationId } = chat;
  return [...startDirectChat(state, chat), ...giveSlug({ ...state, conversationId }, slug, claimed)];
};
