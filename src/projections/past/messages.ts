// Messages as they were at a position: as they are, unless something happened to them since. Those few are folded from their streams.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { decode } from '../../domain/codec.ts';
import { streams } from '../../domain/streams.ts';
import type { Doc, Find, Found, Stretch, Value } from '../../store/ports.ts';
import { messages, NOBODY, type RemovalDoc, type SealedMessage, voiceOf } from '../messages.ts';
import { documentAfter } from '../projection.ts';
import { isOfThread } from '../threadFields.ts';
import type { ThreadMessageDoc } from '../threads.ts';
import type { Past } from './past.ts';
import { eventsUpTo, lastUpTo } from './streams.ts';

const PAGE = 1000;
/** Messages of a thread whose senders are read in one turn of the event loop: most threads need no more. */
const SENDERS = 100;

export type PastMessages = ReturnType<typeof pastMessages>;

const asMessage = (doc: Doc | undefined) => doc as unknown as SealedMessage | undefined;

/** The thread that a message began is in no stream of the message. */
const threadIn = (doc: object): object =>
  Object.fromEntries(Object.entries(doc).filter(([field]) => isOfThread(field)));

export const pastMessages = ({ views, events, position, showsTakenBack, showsVersionsOf, inTurn }: Past) => {
  const isLater = (doc: Doc): boolean => Number(doc.position) > position;
  const hasChanged = (doc: SealedMessage): boolean => (doc.changed ?? 0) > position;

  /** From the event that sent it, and from what happened to it up to then. */
  const folded = async ({ id, conversationId, seq, ...now }: SealedMessage): Promise<SealedMessage> => {
    const [sent] = await events.readStream(streams.messages(conversationId), { from: seq - 1, limit: 1 });
    let doc = documentAfter(messages, undefined, decode(sent!));
    for await (const event of eventsUpTo(events, streams.message(`${conversationId}-${id}`), position))
      doc = documentAfter(messages, doc, event);
    return { ...asMessage(doc)!, ...threadIn(now) };
  };

  /** What was removed since stays removed, and whoever may not see earlier texts is shown the present one. */
  const shownThen = async (now: SealedMessage, showsVersions: boolean): Promise<SealedMessage> => {
    const then = await folded(now);
    if (showsTakenBack) return then;
    if (now.removed) return now;
    if (showsVersions) return then;
    const { eventId, secret, editedAt } = now;
    return { ...then, eventId, secret, ...(editedAt === undefined ? {} : { editedAt }) };
  };

  /** The last message of a thread by then. */
  const lastInThread = async (threadId: string, conversationId: string): Promise<SealedMessage | undefined> => {
    const before = ((await lastIn(conversationId))?.seq ?? 0) + 1;
    const wanted = { where: { threadId }, sort: 'seq', before, descending: true, limit: 1 };
    const [last] = (await views.find('threadMessages', wanted)).docs;
    return last && asMessage((await views.get('messages', [last.id]))[0]);
  };

  /**
   * The accounts that had written in a thread before a place, as `participants` would have them. The list of now has all of
   * them, or is full: so no more than it has are looked for.
   */
  const participantsThen = async ({ id: threadId, participants = [] }: SealedMessage, before: number) => {
    const found = new Set<string>();
    const wanted = { where: { threadId }, sort: 'seq', descending: true, limit: SENDERS };
    for (let end = before, isMore = true; isMore && found.size < participants.length; ) {
      const { docs, more } = await views.find('threadMessages', { ...wanted, before: end });
      for (const { senderId, seq } of docs as unknown as readonly ThreadMessageDoc[]) {
        if (senderId !== '') found.add(senderId);
        end = seq;
      }
      isMore = more;
      // A long thread must let others have their turns.
      await nextTurn();
    }
    return [...found].slice(0, participants.length);
  };

  /** With the thread that it had begun by then. */
  const withThread = async (doc: Doc | undefined): Promise<Doc | undefined> => {
    const root = asMessage(doc);
    if (doc === undefined || (root?.threadChanged ?? 0) <= position) return doc;
    const { id: threadId, conversationId, replies = 0 } = root!;
    const alone = Object.fromEntries(Object.entries(doc).filter(([field]) => !isOfThread(field))) as Doc;
    const last = await lastInThread(threadId, conversationId);
    if (last === undefined) return alone;
    const { seq, at, senderId } = last;
    const there = { sort: 'seq', before: seq + 1 };
    const nobodys = voiceOf(conversationId, NOBODY);
    const countRemoved = async (): Promise<number> => {
      const [removed, removedSince] = await Promise.all([
        views.count('threadMessages', { ...there, where: { threadId, isRemoved: true } }),
        countedSince(
          nobodys,
          { ...there, where: { threadId } },
          (message) => Boolean(message.removed),
          (message) => message.threadId === threadId,
        ),
      ]);
      return removed + removedSince;
    };
    const [since, removedReplies, participants] = await Promise.all([
      views.count('threadMessages', { where: { threadId }, sort: 'seq', after: seq }),
      steadily(nobodys, countRemoved),
      participantsThen(root!, seq + 1),
    ]);
    const lastReply = { seq, position: last.position, at, senderId };
    const thread = { replies: replies - since, removedReplies, lastReply };
    return { ...alone, ...thread, ...(participants.length > 0 && { participants }) };
  };

  /** Those that were sent by then, as they were. */
  const then = async (docs: readonly (Doc | undefined)[]): Promise<readonly (Doc | undefined)[]> => {
    const sent = await Promise.all(
      docs.map((doc) => (doc === undefined || isLater(doc) ? undefined : withThread(doc))),
    );
    const changed = sent.map(asMessage).filter((doc) => doc !== undefined && hasChanged(doc)) as SealedMessage[];
    if (changed.length === 0) return sent;
    const showsVersions = await showsVersionsOf(changed);
    const was = new Map<string, SealedMessage>();
    for (const [i, doc] of changed.entries()) {
      was.set(doc.id, await shownThen(doc, showsVersions[i]!));
      await nextTurn();
    }
    return sent.map((doc) => doc && ((was.get(doc.id) as Doc | undefined) ?? doc));
  };

  const lastOf = async (conversationId: string): Promise<SealedMessage | undefined> => {
    const of = { where: { conversationId }, sort: 'seq', limit: 1 };
    const at = async (place: number) =>
      asMessage((await views.find('messages', { ...of, after: place, before: place + 2 })).docs[0]);
    const end = asMessage((await views.find('messages', { ...of, descending: true })).docs[0]);
    return lastUpTo(position, end && { place: end.seq - 1, thing: end }, at);
  };
  const known = new Map<string, Promise<SealedMessage | undefined>>();
  /** The last message of a conversation by then. */
  const lastIn = (conversationId: string): Promise<SealedMessage | undefined> => {
    const found = known.get(conversationId) ?? lastOf(conversationId);
    known.set(conversationId, found);
    return found;
  };

  /**
   * How many more messages of a stretch counted by then than count now: of those that were removed or restored since.
   * `concerns`: holds for all that count, whenever. `nobodys`: the voice that removed messages have in the conversation.
   */
  const countedSince = async (
    nobodys: string,
    { after = 0, before = Infinity }: Stretch,
    counts: (message: SealedMessage) => boolean,
    concerns: (message: SealedMessage) => boolean = () => true,
  ): Promise<number> => {
    const isIn = (doc: Doc | undefined): boolean =>
      doc !== undefined &&
      Number(doc.seq) > Number(after) &&
      Number(doc.seq) < Number(before) &&
      concerns(asMessage(doc)!);
    for (let from = position, more = 0; ; ) {
      const wanted = { where: { voice: nobodys }, sort: 'position', after: from, limit: PAGE };
      const find = () => views.find('removals', wanted);
      const page = await (from === position ? find() : inTurn(find));
      const removals = page.docs as unknown as readonly RemovalDoc[];
      const found = await views.get(
        'messages',
        removals.map(({ id }) => id),
      );
      const now = found.filter(isIn);
      for (const [i, was] of (await then(now)).entries())
        if (was) more += Number(counts(asMessage(was)!)) - Number(counts(asMessage(now[i])!));
      if (!page.more) return more;
      from = removals.at(-1)!.position;
    }
  };

  const lastRemoval = async (nobodys: string): Promise<Value | undefined> => {
    const wanted = { where: { voice: nobodys }, sort: 'position', descending: true, limit: 1 };
    return (await views.find('removals', wanted)).docs[0]?.position;
  };

  /** Counts what concerns a conversation: again if something there was removed or restored meanwhile. `nobodys`: see `countedSince`. */
  const steadily = async (nobodys: string, count: () => Promise<number>): Promise<number> => {
    for (let before = await lastRemoval(nobodys); ; ) {
      const counted = await count();
      const after = await lastRemoval(nobodys);
      if (after === before) return counted;
      before = after;
    }
  };

  return {
    lastIn,
    lastInThread,
    countedSince,
    steadily,
    get: async (ids: readonly string[]) => then(await views.get('messages', ids)),
    /** A page of a conversation by `seq`. */
    find: async (wanted: Find): Promise<Found> => {
      const shown = async ({ docs, more }: Found): Promise<Found> => {
        const sent = (await then(docs)).filter((doc) => doc !== undefined);
        return { docs: sent, more: more && sent.length === docs.length };
      };
      const page = await views.find('messages', wanted);
      if (!wanted.descending || page.docs[0] === undefined || !isLater(page.docs[0])) return shown(page);
      const last = await lastIn(String(wanted.where.conversationId));
      return last === undefined
        ? { docs: [], more: false }
        : shown(await views.find('messages', { ...wanted, before: last.seq + 1 }));
    },
    /** How many messages of a voice there were in a stretch that ends by then. */
    count: async (stretch: Stretch): Promise<number> => {
      const voice = String(stretch.where.voice);
      const nobodys = voiceOf(voice.slice(0, 12), NOBODY);
      return steadily(nobodys, async () => {
        const counted = await views.count('messages', stretch);
        return counted + (await countedSince(nobodys, stretch, (message) => message.voice === voice));
      });
    },
  };
};
