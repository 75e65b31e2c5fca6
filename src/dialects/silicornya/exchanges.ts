// Silicornya: what was said and answered at desks.

import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Queries } from '../../projections/queries.ts';
import { ALL, all } from '../django/identities.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, ok, route } from '../django/route.ts';
import { presentExchange } from './wire.ts';

/** Desks that are looked at, those opened last. */
const DESKS = 1000;
/** Desks that are read at once. */
const AT_ONCE = 4;

interface Exchange {
  readonly position: number;
  readonly shown: ReturnType<typeof presentExchange>;
}

/**
 * Each enquiry with its answer. What somebody said there by their account is an exchange with one side empty: that of
 * the server, where `isVisitor` says that they are the visitor.
 */
export const exchangesOf = (
  desk: ConversationDoc,
  messages: readonly MessageDoc[],
  isVisitor: (senderId: string) => boolean,
): readonly Exchange[] => {
  const answers = new Map(
    messages.flatMap((message) => (message.answers === null ? [] : [[message.answers, message]])),
  );
  return messages.flatMap((message): Exchange[] => {
    if (message.answers !== null) return [];
    const { position, senderId } = message;
    const isAnswer = senderId !== null && !isVisitor(senderId);
    const shown = isAnswer
      ? presentExchange(desk, undefined, message)
      : presentExchange(desk, message, answers.get(message.id));
    return [{ position, shown }];
  });
};

const newest = async (queries: Queries, desk: ConversationDoc): Promise<readonly MessageDoc[]> => {
  const found = await all(
    (before, limit) =>
      queries.messagesIn(desk.id, { descending: true, limit, ...(before === undefined ? {} : { before }) }),
    ({ seq }) => seq,
    2 * ALL,
  );
  return found.toReversed();
};

const exchangesAt = async (queries: Queries, desk: ConversationDoc, user: User): Promise<readonly Exchange[]> =>
  exchangesOf(desk, await newest(queries, desk), (senderId) => senderId === user.userId);

/** The exchanges at every desk of the caller's e-mail address, the oldest first. */
const list = async ({ services: { queries }, user }: ApiRequest<unknown, User>): Promise<Answer> => {
  const { email } = user.names;
  if (email === null) return ok([]);
  const desks = await queries.desksOf(email, { descending: true, limit: DESKS });
  const exchanges: Exchange[] = [];
  for (let i = 0; i < desks.length && exchanges.length < ALL; i += AT_ONCE)
    for (const found of await Promise.all(desks.slice(i, i + AT_ONCE).map((desk) => exchangesAt(queries, desk, user))))
      exchanges.push(...found);
  const sorted = exchanges.toSorted((one, other) => one.position - other.position);
  return ok(sorted.slice(-ALL).map(({ shown }) => shown));
};

export const exchangeRoutes = [route('/chats/getChats/', { GET: list })];
