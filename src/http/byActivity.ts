// Lists of conversations, the one with the latest message first. No index has this order, because it differs for every reader
// and changes with every message: the server sorts the keys of the list for each page.

import type { ConversationDoc } from '../projections/conversations.ts';
import type { Queries, Slice } from '../projections/queries.ts';
import type { Scope } from './conversationLists.ts';
import { page } from './cursors.ts';
import { keysIn, type Paged } from './listing.ts';
import type { Reading } from './reading.ts';
import { presentDocs } from './showConversations.ts';

interface Placed {
  readonly place: number;
  /** As of `activityOf`. Undefined: the views take the conversation a moment later. */
  readonly activity: string | undefined;
}

/**
 * Its place in the list: when somebody last said something, or else when it was made; then the id, so that no two are equal.
 * `after`: the `seq` after which its reader sees the messages. Cursors hold this text, so nothing in it comes from earlier ones.
 */
export const activityOf = ({ id, createdAt, messageCount, lastMessage }: ConversationDoc, after: number): string =>
  `${lastMessage && messageCount > after ? lastMessage.at : createdAt} ${id}`;

const numbered = ({ items, more }: Slice<ConversationDoc>): Slice<Placed> => ({
  // All of its messages are shown to whoever may read a room, a public group or a desk.
  items: items.map((doc) => ({ place: doc.number, activity: activityOf(doc, 0) })),
  more,
});

export const lists: Readonly<Record<Scope, (queries: Queries, userId: string) => Paged<Placed>['find']>> = {
  mine: (queries, userId) => async (page) => {
    const { items, more } = await queries.conversationsOf(userId, page);
    const docs = items.map(({ conversation }) => conversation);
    const memberships = items.map(({ membership }) => membership);
    const after = await queries.seesAfterIn(userId, docs, memberships);
    const activities = docs.map((doc, i) => doc && activityOf(doc, after[i]!));
    return { items: memberships.map(({ since }, i) => ({ place: since, activity: activities[i] })), more };
  },
  listed: (queries) => async (page) => numbered(await queries.listed(page)),
  desks: (queries, userId) => async (page) => numbered(await queries.desksFor(userId, page)),
};

export const idIn = (activity: string): string => activity.slice(activity.indexOf(' ') + 1);

/** Of a very long list, those that were added last are sorted. */
export const byActivity = async (
  { queries, reading, userId }: { readonly queries: Queries; readonly reading: Reading; readonly userId: string },
  scope: Scope,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
) => {
  const paged = { find: lists[scope](queries, userId), placeOf: ({ place }: Placed) => place };
  const { keys } = await keysIn(reading, paged, ({ activity }) => activity);
  const left = keys
    .filter((key) => after === undefined || key < after)
    .toSorted((one, other) => (one < other ? 1 : -1));
  const items = left.slice(0, limit);
  const docs = await queries.conversationsById(items.map(idIn));
  const presented = await presentDocs(queries, userId, [...docs.values()]);
  const byId = new Map(presented.map((conversation) => [conversation.id, conversation]));
  return page(
    { items, more: left.length > limit },
    (key) => key,
    (key) => byId.get(idIn(key)),
  );
};
