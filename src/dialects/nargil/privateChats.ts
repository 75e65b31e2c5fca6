// Private chats by the names that clients choose for them.
//
// `private_chat_{a}_{b}`, with two usernames, means the direct chat of these two users, whichever API started it. Every
// other user is refused, so that nobody takes a name under which two others look for their chat. Any other name is the
// slug of a direct chat, which gets it with its first message.

import { ownerOf } from '../../commands/claims.ts';
import { directChatId } from '../../domain/ids.ts';
import { fits, LIMITS } from '../../domain/limits.ts';
import { canonical } from '../../domain/names.ts';
import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { UserDoc } from '../../projections/users.ts';
import type { Services } from '../../services.ts';

/**
 * What a name means to a user. A chat of the user, which may not have started; `free`: it can become the slug of a chat;
 * `of-others`: it belongs to other users.
 */
export type NameMeaning = { readonly conversationId: string } | 'free' | 'of-others';

const PREFIX = 'private_chat_';
/** Underscores at which a name may part into two usernames. */
const MAX_PARTS = 20;

/** Characters of a name at most: those of two usernames behind the prefix. */
const MAX_NAME = PREFIX.length + 2 * LIMITS.username + 1;

/** Clients put such a text into an address as it is. */
const PLAIN = /^[\p{L}\p{M}\p{N}_.@+-]+$/u;

/** May become the slug of a chat. */
export const isPrivateName = (name: string): boolean => PLAIN.test(name) && fits(name, 100);

/** The pairs of usernames that the name may be made of. */
export const pairsIn = (name: string): readonly (readonly [string, string])[] => {
  if (!name.toLowerCase().startsWith(PREFIX)) return [];
  const parts = name.slice(PREFIX.length).split('_');
  return parts
    .slice(1, MAX_PARTS)
    .map((_, i) => [parts.slice(0, i + 1).join('_'), parts.slice(i + 1).join('_')] as const)
    .filter(([one, other]) => one !== '' && other !== '');
};

/** The usernames that make up the name together with the user's own. */
const othersNamedIn = (name: string, { names: { username } }: User): readonly string[] => {
  if (username === null) return [];
  const own = canonical('username', username);
  const isOwn = (one: string) => canonical('username', one) === own;
  return pairsIn(name).flatMap(([one, other]) => (isOwn(one) ? [other] : isOwn(other) ? [one] : []));
};

const byUsernames = async ({ core }: Services, name: string, { userId }: User): Promise<NameMeaning> => {
  let meaning: NameMeaning = 'free';
  for (const pair of pairsIn(name)) {
    const [one, other] = await Promise.all(pair.map((username) => ownerOf(core, 'username', username)));
    if (one === undefined || other === undefined) continue;
    if (one === userId || other === userId) return { conversationId: directChatId(one, other) };
    meaning = 'of-others';
  }
  return meaning;
};

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const meaningOf = async (services: Services, name: string, user: User): Promise<NameMeaning> => {
  const { queries } = services;
  if (!fits(name, MAX_NAME)) return 'free';
  const meaning = await byUsernames(services, name, user);
  if (typeof meaning === 'object') return meaning;
  const isId = ID.test(name);
  // The id counts first: anybody may give a group the id of a chat as its slug.
  const withId = isId ? await queries.conversation(name.toLowerCase()) : undefined;
  const found = withId ?? (await queries.conversationWithSlug(name));
  if (found?.kind === 'direct' && found.userIds.includes(user.userId)) return { conversationId: found.id };
  // The id of a chat follows from its two accounts, so the answer must not tell others that the chat exists.
  return found || isId ? 'of-others' : meaning;
};

/** Does the name open the chat of the two? `pairsIn` splits a name at its first underscores only. */
const isNameOf = (name: string, [one, other]: readonly string[]): boolean =>
  PLAIN.test(name) && pairsIn(name).some(([first, second]) => first === one && second === other);

/**
 * The name that opens a chat for `reader`: its slug, its usernames, or its id. `people`: accounts by id. A slug that has the
 * username of the reader means the reader's chat with somebody else as soon as that person registers.
 */
export const nameOfChat = (chat: ConversationDoc, people: ReadonlyMap<string, UserDoc>, reader: User): string => {
  if (chat.slug !== null && othersNamedIn(chat.slug, reader).length === 0) return chat.slug;
  const usernames = chat.userIds.flatMap((id) => people.get(id)?.username ?? []);
  if (usernames.length !== 2) return chat.id;
  const sorted = usernames.toSorted((a, b) => (canonical('username', a) < canonical('username', b) ? -1 : 1));
  const name = PREFIX + sorted.join('_');
  return isNameOf(name, sorted) ? name : chat.id;
};
