// Silicornya: the enquiries at desks and their answers.

import type { User } from '../../domain/user.ts';
import { listed } from '../../http/listed.ts';
import { joinKeys, type Keys, keysIn, sortedListing } from '../../http/listing.ts';
import type { Reading } from '../../http/reading.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Queries } from '../../projections/queries.ts';
import { route } from '../django/route.ts';
import { deskKeysOf, messagesIn } from '../shared/conversationLists.ts';
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
  return keysIn(reading, messagesIn(queries, deskId), (message: MessageDoc) => {
    const { id: messageId, position, answers: answered } = message;
    if (answered !== null) {
      answers.set(answered, messageId);
      return undefined;
    }
    const answerId = answers.get(messageId);
    answers.delete(messageId);
    return { position, messageId, answerId };
  });
};

const newestExchanges = async (queries: Queries, user: User, reading: Reading): Promise<Keys<Exchange>> => {
  const desks = await deskKeysOf(queries, user, reading);
  const found: Keys<Exchange>[] = [{ keys: [], isCut: desks.isCut }];
  let left = EXCHANGES;
  for (const { id: deskId } of desks.keys.toReversed()) {
    if (left <= 0) {
      found.push({ keys: [], isCut: true });
      break;
    }
    const here = await exchangesAt(queries, deskId, reading);
    left -= here.keys.length;
    found.push(here);
  }
  return joinKeys(found, (one, other) => one.position - other.position);
};

/**
 * Each enquiry with its answer. A message of an account is an exchange with one empty side: the server's, if the account
 * is the visitor's.
 */
const showExchanges = async (queries: Queries, user: User, exchanges: readonly Exchange[]) => {
  const ids = exchanges.flatMap(({ messageId, answerId }) =>
    answerId === undefined ? [messageId] : [messageId, answerId],
  );
  const messages = await queries.messagesById(ids);
  const desks = await queries.conversationsById([...messages.values()].map(({ conversationId }) => conversationId));
  return exchanges.map(({ messageId, answerId }) => {
    const message = messages.get(messageId);
    const desk = message && desks.get(message.conversationId);
    if (!message || !desk) return undefined;
    const isAnswer = message.senderId !== null && message.senderId !== user.userId;
    return isAnswer
      ? presentExchange(desk, undefined, message)
      : presentExchange(desk, message, messages.get(answerId ?? ''));
  });
};

export const exchangeRoutes = [
  /** The exchanges at every desk of the caller's e-mail address, the oldest first. */
  route('/chats/getChats/', {
    GET: async (request) => {
      const { services, user } = request;
      const exchanges = sortedListing(
        (reading) => newestExchanges(services.queries, user, reading),
        (some) => showExchanges(services.queries, user, some),
        PAGE,
      );
      return listed(request, exchanges);
    },
  }),
];
