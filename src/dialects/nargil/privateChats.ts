// Private chats by the names that clients choose for them.
//
// `private_chat_{a}_{b}`, with two usernames, means the direct chat of these two users, however it was started. Everybody
// else is refused, so that nobody takes a name under which two others look for their chat. Any other name is the slug of
// a direct chat, which gets it with its first message.

import { ownerOf } from '../../commands/claims.ts';
import { directChatId } from '../../domain/ids.ts';
import { canonical } from '../../domain/names.ts';
import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { Services } from '../../services.ts';

/** What a name means to a user. */
export type Named =
  /** A chat of the user; `isThere`: it was started. */
  | { readonly kind: 'chat'; readonly conversationId: string; readonly isThere: boolean }
  /** Free: the slug of the chat whose first message the user writes. */
  | { readonly kind: 'free' }
  | { readonly kind: 'of-others' };

const PREFIX = 'private_chat_';
/** Underscores at which a name may part into two usernames. */
const MAX_PARTS = 20;

/** May become the slug of a chat. */
export const isPrivateName = (name: string): boolean => /^[\p{L}\p{M}\p{N}_.@+-]{1,100}$/u.test(name);

const pairsIn = (name: string): readonly (readonly [string, string])[] => {
  if (!name.toLowerCase().startsWith(PREFIX)) return [];
  const parts = name.slice(PREFIX.length).split('_');
  return parts
    .slice(1, MAX_PARTS)
    .map((_, i) => [parts.slice(0, i + 1).join('_'), parts.slice(i + 1).join('_')] as const)
    .filter(([one, other]) => one !== '' && other !== '');
};

/** By the two usernames in it. */
const byUsernames = async ({ core, queries }: Services, name: string, user: User): Promise<Named | undefined> => {
  let isOfOthers = false;
  for (const pair of pairsIn(name)) {
    const [one, other] = await Promise.all(pair.map((username) => ownerOf(core, 'username', username)));
    if (one === undefined || other === undefined) continue;
    if (one === user.userId || other === user.userId) {
      const conversationId = directChatId(one, other);
      return { kind: 'chat', conversationId, isThere: (await queries.conversation(conversationId)) !== undefined };
    }
    isOfOthers = true;
  }
  return isOfOthers ? { kind: 'of-others' } : undefined;
};

const byDocument = (found: ConversationDoc | undefined, { userId }: User): Named =>
  found?.kind === 'direct' && found.userIds.includes(userId)
    ? { kind: 'chat', conversationId: found.id, isThere: true }
    : { kind: 'of-others' };

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What `name` means to `user`. */
export const privateChatNamed = async (services: Services, name: string, user: User): Promise<Named> => {
  const { queries } = services;
  const byNames = await byUsernames(services, name, user);
  if (byNames?.kind === 'chat') return byNames;
  const found = await queries.conversationWithSlug(name);
  if (found) return byDocument(found, user);
  // The id of a chat follows from its two accounts, so it must not tell others that the chat exists.
  if (ID.test(name)) return byDocument(await queries.conversation(name.toLowerCase()), user);
  return byNames ?? { kind: 'free' };
};

/** The name that opens a chat of `people`: its slug, its usernames, or its id. */
export const nameOfChat = (
  chat: ConversationDoc,
  people: readonly ({ readonly username: string | null } | undefined)[],
): string => {
  if (chat.slug !== null) return chat.slug;
  const usernames = people.map((person) => person?.username ?? null);
  if (usernames.includes(null) || usernames.length !== 2) return chat.id;
  const [one, other] = (usernames as string[]).toSorted((a, b) =>
    canonical('username', a) < canonical('username', b) ? -1 : 1,
  );
  return `${PREFIX}${one}_${other}`;
};
