// Pages of conversations: your own, those that are listed, desks.

import { presentConversation } from '../api/presentConversation.ts';
import type { ConversationDoc } from '../projections/conversations.ts';
import type { Queries, Slice } from '../projections/queries.ts';
import { page } from './cursors.ts';
import { presentDocs, shownTo } from './showConversations.ts';

type Wanted = { readonly after?: number; readonly limit: number };

const presentFound = async (queries: Queries, userId: string, found: Slice<ConversationDoc>) => {
  const presented = await presentDocs(queries, userId, found.items);
  return page(
    found,
    ({ number }) => number,
    (_, i) => presented[i],
  );
};

const presentMine = async (queries: Queries, userId: string, wanted: Wanted) => {
  const mine = await queries.conversationsOf(userId, wanted);
  const conversations = mine.items.map(({ conversation }) => conversation);
  const memberships = mine.items.map(({ membership }) => membership);
  const [shown, readings] = await shownTo(queries, userId, conversations, memberships);
  return page(
    mine,
    ({ membership }) => membership.since,
    ({ membership }, i) => {
      const conversation = shown[i];
      return conversation && presentConversation(conversation, { membership, reading: readings[i] });
    },
  );
};

/** A page of each list of conversations. */
export const conversationLists = {
  mine: presentMine,
  listed: async (queries: Queries, userId: string, wanted: Wanted) =>
    presentFound(queries, userId, await queries.listed(wanted)),
  desks: async (queries: Queries, userId: string, wanted: Wanted) =>
    presentFound(queries, userId, await queries.desksFor(userId, wanted)),
};

export type Scope = keyof typeof conversationLists;
