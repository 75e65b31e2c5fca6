// Silicornya: the enquiries at desks and their answers.

import { asksAt } from '../../domain/access.ts';
import type { User } from '../../domain/user.ts';
import { listed } from '../../http/listed.ts';
import { joinKeys, type Keys, keysIn, sortedListing } from '../../http/listing.ts';
import type { Reading } from '../../http/reading.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Queries } from '../../projections/queries.ts';
import { accountOf } from '../../projections/users.ts';
import type { UserRequest } from '../django/request.ts';
import { route } from '../django/route.ts';
import { deskKeysOf, messagesIn, wholeOf } from '../shared/conversationLists.ts';
import { presentExchange } from './wire.ts';

/** Exchanges on one page: an answer may be three times as long as a message. */
const PAGE = 25;
const EXCHANGES = 10_000;

/** An enquiry, or a message of an account at the desk, and the answer to it. */
interface Exchange {
  readonly position: number;
  readonly messageId: string;
  readonly answerId: string | undefined;
}

/** The exchanges at one desk. From the newest on, an answer comes before its enquiry. */
const exchangesAt = (queries: Queries, deskId: string, reading: Reading): Promise<Keys<Exchange>> => {
  const answers = new Map<string, string>();
  return keysIn(reading, messagesIn(queries, wholeOf(deskId)), ({ id, position, answers: answered }: MessageDoc) => {
    if (answered === null) return { position, messageId: id, answerId: answers.get(id) };
    answers.set(answered, id);
    return undefined;
  });
};

const newestExchanges = async (queries: Queries, user: User, reading: Reading): Promise<Keys<Exchange>> => {
  const desks = await deskKeysOf(queries, user, reading);
  const found: Keys<Exchange>[] = [];
  let left = EXCHANGES;
  for (const { id: deskId } of desks.keys.toReversed()) {
    if (left <= 0) break;
    const here = await exchangesAt(queries, deskId, reading);
    left -= here.keys.length;
    found.push(here);
  }
  found.push({ keys: [], isCut: desks.isCut || found.length < desks.keys.length });
  return joinKeys(found, (one, other) => one.position - other.position);
};

/**
 * Each enquiry with its answer. A message of an account is an exchange with one empty side: the server's, if the account
 * is the visitor's.
 */
const showExchanges = async (queries: Queries, exchanges: readonly Exchange[]) => {
  const messages = await queries.messagesById(
    exchanges.flatMap(({ messageId, answerId }) => (answerId === undefined ? [messageId] : [messageId, answerId])),
  );
  const desks = await queries.conversationsById([...messages.values()].map(({ conversationId }) => conversationId));
  const senders = await queries.usersById([...messages.values()].map(({ senderId }) => senderId));
  return exchanges.map(({ messageId, answerId }) => {
    const message = messages.get(messageId);
    const desk = message && desks.get(message.conversationId);
    if (!desk || message.removed) return undefined;
    const sender = senders.get(message.senderId ?? '');
    const isAnswer = message.senderId !== null && !(sender && asksAt(accountOf(sender), desk));
    return isAnswer
      ? presentExchange(desk, undefined, message)
      : presentExchange(desk, message, messages.get(answerId ?? ''));
  });
};

/** The exchanges at every desk of the caller's e-mail address, the oldest first. */
const listExchanges = (request: UserRequest) => {
  const { services, user } = request;
  const exchanges = sortedListing(
    (reading) => newestExchanges(services.queries, user, reading),
    (some) => showExchanges(services.queries, some),
    PAGE,
  );
  return listed(request, exchanges);
};

export const exchangeRoutes = [route('/chats/getChats/', { GET: listExchanges })];
