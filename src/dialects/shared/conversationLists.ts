// Lists of people, conversations and messages that several APIs show.

import type { User } from '../../domain/user.ts';
import { joinKeys, type Keys, keysIn, type Listing, type Paged, sortedListing } from '../../http/listing.ts';
import type { Reading } from '../../http/reading.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import { keptOf } from '../../projections/queries/documents.ts';
import type { Joined, Page, Permitted, Queries, Slice } from '../../projections/queries.ts';
import type { UserDoc } from '../../projections/users.ts';

/** Desks of one account that are listed: those opened last. */
const DESKS = 1000;

/** What a list holds of each of its conversations. */
export interface Key {
  readonly id: string;
  readonly number: number;
}

const keyOf = ({ id, number }: ConversationDoc): Key => ({ id, number });

export const byNumber = (one: Key, other: Key): number => one.number - other.number;

const numbered = <T extends { readonly number: number }>(find: (page: Page) => Promise<Slice<T>>): Paged<T> => ({
  find,
  placeOf: ({ number }) => number,
});

/** These APIs have no word for a removed message: their lists leave it out. */
const unlessRemoved = ({ find, placeOf }: Paged<MessageDoc>): Paged<MessageDoc> => ({
  find: (page, reading) =>
    keptOf(
      page,
      (from) => find(from, reading),
      placeOf,
      (messages) => messages.map(({ removed }) => !removed),
      reading.page,
    ),
  placeOf,
});

/** A conversation of which every reader sees all messages, as of direct chats and desks. */
export const wholeOf = (id: string) => ({ id, seesAfter: 0 });

/** Those that the reader of the conversation sees. */
export const messagesIn = (
  queries: Queries,
  { id, seesAfter }: Pick<Permitted, 'id' | 'seesAfter'>,
): Paged<MessageDoc> =>
  unlessRemoved({
    find: (page) => queries.messagesIn(id, { ...page, after: Math.max(page.after ?? 0, seesAfter) }),
    placeOf: ({ seq }) => seq,
  });

/** Direct messages that were sent to the user. */
export const messagesTo = (queries: Queries, userId: string): Paged<MessageDoc> =>
  unlessRemoved({
    find: (page) => queries.messagesTo(userId, page),
    placeOf: ({ position }) => position,
  });

/** Everybody with an account. */
export const everybody = (queries: Queries): Paged<UserDoc> => numbered(queries.users);

type Kind = 'group' | 'direct';

/** The conversations of a member, in the order of joining. */
export const conversationsOf = (queries: Queries, userId: string, kind: Kind): Paged<Joined> => ({
  find: (page) => queries.conversationsOf(userId, page, kind),
  placeOf: ({ membership }) => membership.since,
});

export const keysOf = (queries: Queries, userId: string, kind: Kind, reading: Reading): Promise<Keys<Key>> =>
  keysIn(reading, conversationsOf(queries, userId, kind), ({ conversation }) => conversation && keyOf(conversation));

export const roomKeys = (queries: Queries, reading: Reading): Promise<Keys<Key>> => {
  const rooms = numbered((page) => queries.conversationsOfKind('room', page));
  return keysIn(reading, rooms, keyOf);
};

/** Keys of the desks whose visitor is the account. */
export const deskKeysOf = ({ desksOf }: Queries, { userId }: User, reading: Reading): Promise<Keys<Key>> =>
  keysIn(
    reading,
    numbered((page) => desksOf(userId, page)),
    keyOf,
    DESKS,
  );

/**
 * Several lists of conversations as one, in `order`, or else one after the other. `show` presents the conversations in
 * the same order.
 */
export const conversationListing = (
  queries: Queries,
  find: (reading: Reading) => Promise<readonly Keys<Key>[]>,
  show: (conversations: readonly ConversationDoc[]) => Promise<readonly unknown[]>,
  order?: (one: Key, other: Key) => number,
): Listing => {
  const showKeys = async (keys: readonly Key[]) => {
    const found = await queries.conversationsById(keys.map(({ id }) => id));
    return show(keys.flatMap(({ id }) => found.get(id) ?? []));
  };
  return sortedListing(async (reading) => joinKeys(await find(reading), order), showKeys) as Listing;
};
