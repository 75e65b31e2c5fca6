// Messages as they were at a position: as they are, unless something happened to them since. Those few are folded from their streams.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { decode } from '../../domain/codec.ts';
import { streams } from '../../domain/streams.ts';
import type { Doc, Find, Found, Stretch } from '../../store/ports.ts';
import { messages, NOBODY, type RemovalDoc, type SealedMessage, voiceOf } from '../messages.ts';
import { documentAfter } from '../projection.ts';
import type { Past } from './past.ts';
import { eventsUpTo, lastUpTo } from './streams.ts';

const PAGE = 1000;

export type PastMessages = ReturnType<typeof pastMessages>;

const asMessage = (doc: Doc | undefined) => doc as unknown as SealedMessage | undefined;

export const pastMessages = ({ views, events, position, showsTakenBack, showsVersionsOf }: Past) => {
  const isLater = (doc: Doc): boolean => Number(doc.position) > position;
  const hasChanged = (doc: SealedMessage): boolean => (doc.changed ?? 0) > position;

  /** From the event that sent it, and from what happened to it up to then. */
  const folded = async ({ id, conversationId, seq }: SealedMessage): Promise<SealedMessage> => {
    const [sent] = await events.readStream(streams.messages(conversationId), { from: seq - 1, limit: 1 });
    let doc = documentAfter(messages, undefined, decode(sent!));
    for await (const event of eventsUpTo(events, streams.message(`${conversationId}-${id}`), position))
      doc = documentAfter(messages, doc, event);
    return asMessage(doc)!;
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

  /** Those that were sent by then, as they were. */
  const then = async (docs: readonly (Doc | undefined)[]): Promise<readonly (Doc | undefined)[]> => {
    const sent = docs.map((doc) => (doc === undefined || isLater(doc) ? undefined : doc));
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

  /** Of the messages that were removed or restored since, in a stretch: whose they are, and whose they were. */
  const changedVoices = async (nobodys: string, { after = 0, before = Infinity }: Stretch) => {
    const voices: { readonly now: string; readonly was: string }[] = [];
    for (let from = position; ; ) {
      const { docs, more } = await views.find('removals', {
        where: { voice: nobodys },
        sort: 'position',
        after: from,
        limit: PAGE,
      });
      const removals = docs as unknown as readonly RemovalDoc[];
      const found = await views.get(
        'messages',
        removals.map(({ id }) => id),
      );
      const inStretch = found.filter(
        (doc) => doc && Number(doc.seq) > Number(after) && Number(doc.seq) < Number(before),
      );
      for (const [i, was] of (await then(inStretch)).entries())
        if (was) voices.push({ now: String(inStretch[i]!.voice), was: String(was.voice) });
      if (!more) return voices;
      from = removals.at(-1)!.position;
    }
  };

  return {
    lastIn,
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
      const voice = String(stretch.where.voice);
      const changed = await changedVoices(voiceOf(voice.slice(0, 12), NOBODY), stretch);
      const those = (when: 'now' | 'was') => changed.filter((voices) => voices[when] === voice).length;
      return counted - those('now') + those('was');
    },
  };
};
