// Lists of the core that several of these APIs tell, by what is needed to read them.

import type { User } from '../../domain/user.ts';
import type { Reading } from '../../http/reading.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Joined, Queries } from '../../projections/queries.ts';
import type { UserDoc } from '../../projections/users.ts';
import { type Keys, keysIn, type Paged } from './listing.ts';

/** Desks of an e-mail address that are told: those opened last. */
const DESKS = 1000;

/** What was said in a conversation. */
export const messagesIn = (queries: Queries, conversationId: string): Paged<MessageDoc> => ({
  find: (page) => queries.messagesIn(conversationId, page),
  placeOf: ({ seq }) => seq,
});

/** Everybody with an account. */
export const everybody = (queries: Queries): Paged<UserDoc> => ({
  find: queries.users,
  placeOf: ({ number }) => number,
});

/** Where somebody is a member, in the order of joining. */
export const conversationsOf = (queries: Queries, userId: string, kind: 'group' | 'direct'): Paged<Joined> => ({
  find: (page) => queries.conversationsOf(userId, page, kind),
  placeOf: ({ membership }) => membership.since,
});

/** A key of each conversation that somebody is a member of. */
export const keysOf = <K>(
  queries: Queries,
  userId: string,
  kind: 'group' | 'direct',
  reading: Reading,
  keyOf: (conversation: ConversationDoc) => K,
): Promise<Keys<K>> =>
  keysIn(reading, conversationsOf(queries, userId, kind), ({ conversation }) => conversation && keyOf(conversation));

/** A key of each desk at which somebody of the account's e-mail address has spoken. */
export const deskKeysOf = async <K>(
  queries: Queries,
  { names: { email } }: User,
  reading: Reading,
  keyOf: (desk: ConversationDoc) => K,
): Promise<Keys<K>> =>
  email === null
    ? { keys: [], isCut: false }
    : keysIn(reading, { find: (page) => queries.desksOf(email, page), placeOf: ({ number }) => number }, keyOf, DESKS);

/** The conversations of `ids`, in their order; undefined where there is none. */
export const conversationsById = async (queries: Queries, ids: readonly string[]) => {
  const found = await queries.conversationsById(ids);
  return ids.map((id) => found.get(id));
};
