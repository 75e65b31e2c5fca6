// Documents as they were at a position, each from the streams that it is made of.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { streams } from '../../domain/streams.ts';
import type { Doc, Find, Found } from '../../store/ports.ts';
import { alertWords } from '../alertWords.ts';
import { attitudes } from '../attitudes.ts';
import { type ConversationDoc, conversations } from '../conversations.ts';
import { files } from '../files.ts';
import { type MembershipDoc, memberships, placeOf, reads } from '../memberships.ts';
import { documentAfter, type Projection } from '../projection.ts';
import type { SignInDoc } from '../signIns.ts';
import { users } from '../users.ts';
import type { PastAnnotations } from './annotations.ts';
import type { PastMessages } from './messages.ts';
import type { Past } from './past.ts';
import { eventsUpTo, lastEventUpTo } from './streams.ts';
import { toldBy } from './told.ts';

/** Documents that are made in one turn of the event loop. */
const TOGETHER = 20;

/** Of a membership, or of what has the same id. */
const partsOf = (id: string) => id.split(':') as [conversationId: string, userId: string];

export type PastDocuments = ReturnType<typeof pastDocuments>;

type Finders = Readonly<Record<string, (id: string) => Promise<Doc | undefined>>>;

export const pastDocuments = (past: Past, messages: PastMessages, annotations: PastAnnotations, others: Finders) => {
  const { views, events, position, showsTakenBack } = past;
  const told = toldBy(past, [conversations, memberships, reads, attitudes]);
  const ofConversation = (conversationId: string) => told(streams.conversation(conversationId));

  /**
   * Did nothing happen in the stream since then? Then the views have what it told, if they were read before this is asked: afterwards
   * they may have more.
   */
  const isAsThen = async (stream: string): Promise<boolean> => {
    const [last] = await events.readStream(stream, { backwards: true, limit: 1 });
    return last === undefined || last.position <= position;
  };

  /** A document that the conversation's own stream makes. */
  const toldOf = async (collection: string, conversationId: string, id: string): Promise<Doc | undefined> => {
    const [now] = await views.get(collection, [id]);
    if (await isAsThen(streams.conversation(conversationId))) return now;
    return (await ofConversation(conversationId)).get(collection, id)?.doc;
  };

  /** No answer to a reader shows how many messages were removed, so nobody counts them here. */
  const conversation = async (id: string): Promise<Doc | undefined> => {
    const [doc, last] = [await toldOf('conversations', id, id), await messages.lastIn(id)];
    if (doc === undefined) return undefined;
    const own = { ...doc, messageCount: 0, removedCount: 0, lastMessage: null };
    if (last === undefined) return own;
    const { id: messageId, senderId, kind, at, seq } = last;
    const lastMessage: ConversationDoc['lastMessage'] = { id: messageId, senderId, kind, at };
    return { ...own, messageCount: seq, lastMessage: { ...lastMessage } };
  };

  /** How far whoever came last counts as having read by that, and since when. */
  const joinedBy = async (conversationId: string, userId: string, id: string) => {
    const [membership] = await views.get('memberships', [id]);
    if (membership === undefined || !(await isAsThen(streams.conversation(conversationId))))
      return (await ofConversation(conversationId)).get('reads', id);
    const { since, upTo } = membership as unknown as MembershipDoc;
    return { doc: { id, conversationId, userId, upTo, place: placeOf(upTo, userId) }, position: since };
  };

  /** Who joins has read what was there, and reads on in a stream of its own. */
  const readBy = async (id: string): Promise<Doc | undefined> => {
    const [conversationId, userId] = partsOf(id);
    const own = streams.reads(`${conversationId}-${userId}`);
    const [now] = await views.get('reads', [id]);
    const areAsThen = await Promise.all([own, streams.conversation(conversationId)].map(isAsThen));
    if (now === undefined || areAsThen.every(Boolean)) return now;
    const [joined, event] = await Promise.all([
      joinedBy(conversationId, userId, id),
      lastEventUpTo(events, own, position),
    ]);
    if (event === undefined || (joined && joined.position > event.position)) return joined?.doc;
    return documentAfter(reads, undefined, event);
  };

  /** ISO time. Most sign-ins are in the streams of their sessions. */
  const lastLoginOf = async (userId: string): Promise<string | null> => {
    const wanted = { where: { userId }, sort: 'position', before: position + 1, descending: true, limit: 1 };
    const [last] = (await views.find('signIns', wanted)).docs;
    return last === undefined ? null : (last as unknown as SignInDoc).at;
  };

  const userUpTo = async (id: string): Promise<Doc | undefined> => {
    let doc: Doc | undefined;
    for await (const event of eventsUpTo(events, streams.user(id), position)) doc = documentAfter(users, doc, event);
    return doc;
  };

  const user = async (id: string): Promise<Doc | undefined> => {
    const [now] = await views.get('users', [id]);
    const then = (await isAsThen(streams.user(id))) ? now : await userUpTo(id);
    if (then === undefined) return undefined;
    return now?.deleted && !showsTakenBack ? now : { ...then, lastLoginAt: await lastLoginOf(id) };
  };

  const folded = (projection: Projection, streamOf: (id: string) => string) => async (id: string) => {
    let doc: Doc | undefined;
    for await (const event of eventsUpTo(events, streamOf(id), position)) doc = documentAfter(projection, doc, event);
    return doc;
  };

  /** Of a conversation as it was. Of an account in it a later one does no harm: it only says where to look for mentions. */
  const lastMention = async (id: string): Promise<Doc | undefined> => {
    const [now] = await views.get('lastMentions', [id]);
    if (now === undefined || Number(now.position) <= position || id.includes(':')) return now;
    const wanted = { where: { target: id }, sort: 'position', before: position + 1, descending: true, limit: 1 };
    const [last] = (await views.find('mentions', wanted)).docs;
    return last && { id, seq: last.seq!, position: last.position! };
  };

  const removal = async (id: string): Promise<Doc | undefined> => {
    const [message] = await messages.get([id]);
    return message?.removed ? { ...(message.removed as Doc), id } : undefined;
  };

  const ofMember = (collection: string) => (id: string) => toldOf(collection, partsOf(id)[0], id);

  const finders: Finders = {
    ...others,
    users: user,
    conversations: conversation,
    memberships: ofMember('memberships'),
    attitudes: ofMember('attitudes'),
    reads: readBy,
    files: folded(files, streams.file),
    alertWords: folded(alertWords, streams.user),
    removals: removal,
    lastMentions: lastMention,
  };

  return {
    /** In the order of `ids`. */
    get: async (collection: string, ids: readonly string[]): Promise<readonly (Doc | undefined)[]> => {
      if (collection === 'messages') return messages.get(ids);
      if (collection === 'annotations' || collection === 'reactions') return annotations.get(collection, ids);
      const find = finders[collection];
      if (find === undefined) throw new TypeError(`nobody asks the past for ${collection}`);
      const docs: (Doc | undefined)[] = [];
      for (let from = 0; from < ids.length; from += TOGETHER) {
        if (from > 0) await nextTurn();
        docs.push(...(await Promise.all(ids.slice(from, from + TOGETHER).map(find))));
      }
      return docs;
    },
    /** As they are now. Undefined: some were others then. */
    presentMembers: async (wanted: Find): Promise<Found | undefined> => {
      const found = await views.find('memberships', wanted);
      return (await isAsThen(streams.conversation(String(wanted.where.conversationId)))) ? found : undefined;
    },
    /** In the order in which they were put first. */
    membershipsIn: async (conversationId: string): Promise<readonly Doc[]> =>
      (await ofConversation(conversationId)).all('memberships'),
  };
};
