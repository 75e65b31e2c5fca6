// What the caller finds under a `conversation_id`: the number of a person or of a group; in early logs, of both at once.
//
// Your own number: everything sent to you. Another person's number: only what you sent them. So a talk of two is read in
// halves, as in the original. The number of a group, room or desk: everything sent to it, if you are in it.

import { directChatId } from '../../domain/ids.ts';
import type { User } from '../../domain/user.ts';
import { type Paged, pagesOf } from '../../http/listing.ts';
import type { Reading } from '../../http/reading.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Page, Queries } from '../../projections/queries.ts';
import { messagesIn, messagesTo, wholeOf } from '../shared/conversationLists.ts';
import { groupNumbered } from '../shared/find.ts';

const PAGE = 10;

type Newest = AsyncGenerator<MessageDoc, void>;

/** The messages of a query in a range, the newest first. */
async function* newest(reading: Reading, messages: Paged<MessageDoc>, range: Pick<Page, 'before'> = {}): Newest {
  for await (const { items } of pagesOf(reading, messages, { ...range, descending: true })) yield* items;
}

async function* only(messages: Newest, senderId: string): Newest {
  for await (const message of messages) if (message.senderId === senderId) yield message;
}

const toPerson = async (queries: Queries, caller: User, id: number, reading: Reading): Promise<Newest | undefined> => {
  if (id === caller.number) return newest(reading, messagesTo(queries, caller.userId));
  const other = await queries.userNumbered(id);
  if (!other) return undefined;
  const chatId = directChatId(caller.userId, other.id);
  return only(newest(reading, messagesIn(queries, wholeOf(chatId))), caller.userId);
};

/** The group of that number, if `caller` receives its messages: of a public group only its members do. */
const groupHeard = (queries: Queries, caller: User, id: number) =>
  groupNumbered(queries, id, caller.userId, 'receivable');

/** The messages of both, the newest first in the order of the log. */
async function* merge(one: Newest, other: Newest): Newest {
  let [a, b] = [await one.next(), await other.next()];
  for (;;)
    if (!a.done && (b.done || a.value.position > b.value.position)) {
      yield a.value;
      a = await one.next();
    } else if (!b.done) {
      yield b.value;
      b = await other.next();
    } else return;
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

/** How many messages of a list lie between two places. */
type Count = (between: { readonly after: number; readonly before: number }) => Promise<number>;

/** The `seq` from which on the newest `skip` messages of a list lie. Each count takes half of what the one before it took. */
const placeBehind = async (count: Count, last: number, skip: number): Promise<number> => {
  let [low, high, counted] = [0, last + 1, 0];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const more = await count({ after: middle - 1, before: high });
    if (counted + more > skip) low = middle;
    else [high, counted] = [middle, counted + more];
  }
  return high;
};

/** What `caller` said to the person of that number, from the `from`th of the newest on. */
const saidTo = async (queries: Queries, { userId }: User, id: number, from: number, reading: Reading) => {
  const other = await queries.userNumbered(id);
  const chat = other && (await queries.conversation(directChatId(userId, other.id)));
  if (!chat) return [];
  const count: Count = (between) => reading.page(() => queries.countSaidBy(userId, chat.id, between));
  const range = from === 0 ? {} : { before: await placeBehind(count, chat.messageCount, from) };
  const find = (page: Page) => queries.saidBy(userId, chat.id, page);
  return slice(newest(reading, { find, placeOf: ({ seq }) => seq, limit: PAGE }, range), 0);
};

/** Page `page`, from 1, of what `caller` finds under `id`. */
export const heardBy = async (queries: Queries, caller: User, id: number, page: number, reading: Reading) => {
  const from = (page - 1) * PAGE;
  const [person, group] = await Promise.all([toPerson(queries, caller, id, reading), groupHeard(queries, caller, id)]);
  if (group && !person && group.removedCount === 0) {
    // Messages of a group have places, so the cost of its pages does not grow with what lies before them.
    const before = group.messageCount + 1 - from;
    const messages: MessageDoc[] = [];
    // The views may need several pages for ten messages.
    const range = { descending: true, before, after: before - 1 - PAGE };
    const pages = before > 1 ? pagesOf(reading, messagesIn(queries, group), range) : [];
    for await (const { items } of pages) messages.push(...items);
    return { group, messages };
  }
  if (!group && id !== caller.number) return { group, messages: await saidTo(queries, caller, id, from, reading) };
  const inGroup = group && newest(reading, messagesIn(queries, group));
  const found = inGroup && person ? merge(person, inGroup) : (person ?? inGroup);
  return { group, messages: found ? await slice(found, from) : [] };
};
