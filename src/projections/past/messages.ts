// Messages as they were at a position. They never change but for their removal, so the views have all that is needed.

import { decode } from '../../domain/codec.ts';
import type { EventOf } from '../../domain/events.ts';
import { streams } from '../../domain/streams.ts';
import type { Doc, Find, Found, Stretch } from '../../store/ports.ts';
import { messageOf, NOBODY, type RemovalDoc, type SealedMessage, voiceOf } from '../messages.ts';
import type { Past } from './past.ts';
import { lastUpTo } from './streams.ts';

const PAGE = 1000;

export type PastMessages = ReturnType<typeof pastMessages>;

const asMessage = (doc: Doc | undefined) => doc as unknown as SealedMessage | undefined;

export const pastMessages = ({ views, events, position, showsTakenBack }: Past) => {
  const isLater = (doc: Doc): boolean => Number(doc.position) > position;

  /** The last message of a thread by then. */
  const lastInThread = async (threadId: string, conversationId: string): Promise<SealedMessage | undefined> => {
    const before = ((await lastIn(conversationId))?.seq ?? 0) + 1;
    const wanted = { where: { threadId }, sort: 'seq', before, descending: true, limit: 1 };
    const [last] = (await views.find('threadMessages', wanted)).docs;
    return last && asMessage((await views.get('messages', [last.id]))[0]);
  };

  /** With the thread that it had begun by then. */
  const withThread = async (doc: Doc | undefined): Promise<Doc | undefined> => {
    const root = asMessage(doc);
    if (doc === undefined || root?.lastReply === undefined || root.lastReply.position <= position) return doc;
    const { replies, lastReply: _, ...rest } = doc;
    const last = await lastInThread(root.id, root.conversationId);
    if (last === undefined) return rest as Doc;
    const { seq, at, senderId } = last;
    const since = await views.count('threadMessages', { where: { threadId: root.id }, sort: 'seq', after: seq });
    const lastReply = { seq, position: last.position, at, senderId };
    return { ...rest, replies: Number(replies) - since, lastReply } as Doc;
  };

  /** Those that were sent by then, without what came later: a removal, messages of a thread. */
  const then = async (docs: readonly (Doc | undefined)[]): Promise<readonly (Doc | undefined)[]> => {
    const sent = await Promise.all(
      docs.map((doc) => (doc === undefined || isLater(doc) ? undefined : withThread(doc))),
    );
    if (!showsTakenBack) return sent;
    const ids = sent.flatMap((doc) => (doc?.removed ? [doc.id] : []));
    const removals = ids.length === 0 ? [] : await views.get('removals', ids);
    const later = new Set(removals.flatMap((removal) => (removal && isLater(removal) ? [removal.id] : [])));
    return sent.map((doc) => {
      if (doc === undefined || !later.has(doc.id)) return doc;
      const { removed: _, ...rest } = doc;
      return rest as Doc;
    });
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

  /** Whose the messages were, before they were removed, of those removed since then in a stretch. */
  const formerVoices = async (nobodys: string, { after = 0, before = Infinity }: Stretch): Promise<string[]> => {
    const voices: string[] = [];
    for (let from = position; ; ) {
      const { docs, more } = await views.find('removals', {
        where: { voice: nobodys },
        sort: 'position',
        after: from,
        limit: PAGE,
      });
      const removals = docs as unknown as readonly RemovalDoc[];
      const removed = await views.get(
        'messages',
        removals.map(({ id }) => id),
      );
      for (const message of removed.map(asMessage))
        if (message && message.seq > Number(after) && message.seq < Number(before)) {
          const stream = streams.messages(message.conversationId);
          const [event] = await events.readStream(stream, { from: message.seq - 1, limit: 1 });
          voices.push(messageOf(decode(event!) as EventOf<'MessageSent'>).voice);
        }
      if (!more) return voices;
      from = removals.at(-1)!.position;
    }
  };

  return {
    lastIn,
    lastInThread,
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
      const counted = await views.count('messages', stretch);
      if (!showsTakenBack) return counted;
      const voice = String(stretch.where.voice);
      const nobodys = voiceOf(voice.slice(0, 12), NOBODY);
      const former = await formerVoices(nobodys, stretch);
      const spoken = former.filter((one) => (voice === nobodys ? one !== nobodys : one === voice)).length;
      return voice === nobodys ? counted - spoken : counted + spoken;
    },
  };
};
