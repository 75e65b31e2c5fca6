// What the caller finds under a `conversation_id`: the number of a person, of a group, or of both at once.
//
// Your own number: everything sent to you. Another person's number: only what you sent them. So a talk of two is read in
// halves, as in the original. The number of a group, room or desk: everything sent to it, if you may write there.

import { directChatId } from '../../domain/ids.ts';
import type { User } from '../../domain/user.ts';
import { type Paged, pagesOf } from '../../http/listing.ts';
import type { Reading } from '../../http/reading.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Queries } from '../../projections/queries.ts';
import { messagesIn, messagesTo } from '../shared/conversationLists.ts';
import { groupNumbered } from '../shared/find.ts';

const PAGE = 10;

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

/** The group of that number, if `caller` receives its messages: those who may write to it do. */
export const groupHeard = (queries: Queries, caller: User, id: number): Promise<ConversationDoc | undefined> =>
  groupNumbered(queries, id, caller.userId, 'writable');

/** The messages of both, the newest first in the order of the log. */
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

/** Page `page`, from 1, of what `caller` finds under `id`. */
export const heardBy = async (
  queries: Queries,
  caller: User,
  id: number,
  page: number,
  reading: Reading,
): Promise<{ readonly group: ConversationDoc | undefined; readonly messages: readonly MessageDoc[] }> => {
  const from = (page - 1) * PAGE;
  const [person, group] = await Promise.all([toPerson(queries, caller, id, reading), groupHeard(queries, caller, id)]);
  if (group === undefined) return { group, messages: person ? await slice(person, from) : [] };
  // Messages of a group have places, so the cost of its pages does not grow with what lies before them.
  if (person === undefined) {
    const before = group.messageCount + 1 - from;
    if (before <= 1) return { group, messages: [] };
    // The views may need several pages for ten messages.
    const range = { descending: true, before, after: before - 1 - PAGE };
    const messages: MessageDoc[] = [];
    for await (const { items } of pagesOf(reading, messagesIn(queries, group.id), range)) messages.push(...items);
    return { group, messages };
  }
  const said = newest(reading, messagesIn(queries, group.id));
  return { group, messages: await slice(merge(person, said), from) };
};
