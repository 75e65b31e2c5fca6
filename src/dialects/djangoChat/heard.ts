// What is found under a `conversation_id`, which is the number of a person or of a group, or of both at once.
//
// Of the person: what was said to them. Oneself: everything; anybody else: what oneself said to them. So a talk of two is
// read in halves, as in the original. Of the group: what was said in it, while one is a member; of a room or a desk,
// which have no members, while the core lets one read it.

import { directChatId } from '../../domain/ids.ts';
import type { User } from '../../domain/user.ts';
import { type Paged, pagesOf } from '../../http/listing.ts';
import type { Reading } from '../../http/reading.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Queries } from '../../projections/queries.ts';
import { messagesIn, messagesTo } from '../shared/conversationLists.ts';
import { readableNumbered } from '../shared/find.ts';

export const PAGE = 10;

type Newest = AsyncGenerator<MessageDoc, void>;

/** All messages of a query, the newest first. */
async function* newest(reading: Reading, messages: Paged<MessageDoc>): Newest {
  for await (const { items } of pagesOf(reading, messages, { descending: true })) yield* items;
}

async function* only(messages: Newest, senderId: string): Newest {
  for await (const message of messages) if (message.senderId === senderId) yield message;
}

const toPerson = async (queries: Queries, caller: User, id: number, reading: Reading): Promise<Newest | undefined> => {
  if (id === caller.number) return newest(reading, messagesTo(queries, caller.userId));
  const other = await queries.userNumbered(id);
  if (!other) return undefined;
  const chatId = directChatId(caller.userId, other.id);
  return only(newest(reading, messagesIn(queries, chatId)), caller.userId);
};

/** Does `caller` hear what is said in it? Who may write there does. */
export const hears = async (queries: Queries, caller: User, { id }: ConversationDoc): Promise<boolean> =>
  (await queries.writable(id, caller.userId)) !== undefined;

/** The group of that number, if `caller` hears what is said in it. */
export const groupHeard = async (queries: Queries, caller: User, id: number): Promise<ConversationDoc | undefined> => {
  const found = await readableNumbered(queries, id, caller.userId);
  return found && found.kind !== 'direct' && (await hears(queries, caller, found)) ? found : undefined;
};

/** Both in the order of the log, the newest first. */
async function* merge(one: Newest, other: Newest): Newest {
  let [a, b] = [await one.next(), await other.next()];
  while (!a.done && !b.done) {
    if (a.value.position > b.value.position) {
      yield a.value;
      a = await one.next();
    } else {
      yield b.value;
      b = await other.next();
    }
  }
  for (; !a.done; a = await one.next()) yield a.value;
  for (; !b.done; b = await other.next()) yield b.value;
}

const slice = async (messages: Newest, from: number): Promise<readonly MessageDoc[]> => {
  const found: MessageDoc[] = [];
  let at = 0;
  for await (const message of messages) {
    if (at++ >= from) found.push(message);
    if (found.length === PAGE) break;
  }
  return found;
};

export interface Heard {
  readonly group: ConversationDoc | undefined;
  readonly messages: readonly MessageDoc[];
}

/** Page `page`, from 1, of what `caller` finds under `id`. */
export const heardBy = async (
  queries: Queries,
  caller: User,
  id: number,
  page: number,
  reading: Reading,
): Promise<Heard> => {
  const from = (page - 1) * PAGE;
  const [person, group] = await Promise.all([toPerson(queries, caller, id, reading), groupHeard(queries, caller, id)]);
  if (group === undefined) return { group, messages: person ? await slice(person, from) : [] };
  // A group alone is cut by the places of its messages, whatever lies before them.
  if (person === undefined) {
    const before = group.messageCount + 1 - from;
    if (before <= 1) return { group, messages: [] };
    // Ten messages may be more than one page of the views holds.
    const range = { descending: true, before, after: before - 1 - PAGE };
    const messages: MessageDoc[] = [];
    for await (const { items } of pagesOf(reading, messagesIn(queries, group.id), range)) messages.push(...items);
    return { group, messages };
  }
  const said = newest(reading, messagesIn(queries, group.id));
  return { group, messages: await slice(merge(person, said), from) };
};
