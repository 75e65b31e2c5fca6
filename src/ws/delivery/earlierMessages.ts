// Where members see only what was sent since they joined, they receive no event about an earlier message either: an edit
// has its text. Such events name the message, and the views know when it was sent. A history waits for them. Live events do
// not: while the views are behind or away, the log tells it of the latest messages.

import { LRUCache } from 'lru-cache';
import { seesAfter } from '../../domain/access.ts';
import type { Policy } from '../../domain/events.ts';
import { conversationIdOf, messageIdOf } from '../../domain/streams.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { Services } from '../../services.ts';
import { type Recorded, Unavailable } from '../../store/ports.ts';
import { createLateChanges } from './lateChanges.ts';
import type { LogDocuments } from './logDocuments.ts';
import type { LogPage } from './logPages.ts';

/** Conversations of which the policy is remembered, and messages of which the place is. The views have the others. */
const REMEMBERED = 10_000;

/** By place in a page: the position of the message that an event there is about. Not named: all members receive the event. */
export type Earlier = ReadonlyMap<number, number>;

const NONE: Earlier = new Map();
const NO_DOCS: ReadonlyMap<string, never> = new Map<string, never>();

/** Whoever saw the message before the policy changed learns that it is gone. These events tell nothing else. */
const forAll: ReadonlySet<string> = new Set(['MessageRemoved', 'MessageErased']);

const isAbout = ({ type, stream }: Recorded): boolean => !forAll.has(type) && messageIdOf(stream) !== undefined;

export type EarlierMessages = ReturnType<typeof createEarlierMessages>;

export const createEarlierMessages = (
  { queries, progress, decode, log }: Pick<Services, 'queries' | 'progress' | 'decode' | 'log'>,
  documents: Pick<LogDocuments, 'showsAll' | 'positionOf'>,
) => {
  /**
   * By conversation: as the fan-out came to it, or as the views had it. Views that are read hold all that was recorded before
   * the program started, and the fan-out comes to all later changes.
   */
  const histories = new LRUCache<string, Policy['history']>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });
  const late = createLateChanges(REMEMBERED);
  const asked = new WeakMap<LogPage, { readonly asOf: number; readonly earlier: Promise<Earlier> }>();
  /** The last answers. */
  const found = new WeakMap<LogPage, { readonly asOf: number; readonly earlier: Earlier }>();

  /** What never changes: whether a policy can hide messages of the conversation, and where a message lies. */
  const hiding = new LRUCache<string, boolean>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });
  const positions = new LRUCache<string, number>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });

  const learn = (doc: ConversationDoc): void => {
    const { id, policy } = doc;
    if (!histories.has(id)) histories.set(id, policy.history);
    hiding.set(id, seesAfter({ ...doc, policy: { ...policy, history: 'since-joining' } }, undefined) > 0);
  };

  const named = ({ stream }: Recorded) => ({
    conversationId: conversationIdOf(stream)!,
    messageId: messageIdOf(stream)!,
  });

  /** Undefined: the views lack something that was recorded. @throws Unavailable */
  const inViews = async (events: readonly Recorded[], places: readonly number[]): Promise<Earlier | undefined> => {
    const about = places.map((place) => ({ place, ...named(events[place]!) }));
    const unknown = about.filter(({ conversationId }) => histories.get(conversationId) !== 'all');
    const unmet = unknown.filter(({ conversationId: id }) => !histories.has(id) || !hiding.has(id));
    const met = unmet.length === 0 ? NO_DOCS : await queries.conversationsById(unmet.map((one) => one.conversationId));
    if (unmet.some(({ conversationId }) => !met.has(conversationId))) return undefined;
    for (const doc of met.values()) learn(doc);
    const limited = unknown.filter(({ conversationId: id }) => histories.get(id) !== 'all' && hiding.get(id) !== false);
    const unplaced = limited.filter(({ messageId }) => !positions.has(messageId));
    const placed = unplaced.length === 0 ? NO_DOCS : await queries.messagesById(unplaced.map((one) => one.messageId));
    if (unplaced.some(({ messageId }) => !placed.has(messageId))) return undefined;
    for (const { id, position } of placed.values()) positions.set(id, position);
    // None: before all memberships.
    return new Map(limited.map(({ place, messageId }) => [place, positions.get(messageId) ?? 0]));
  };

  /** @throws Unavailable the views are away, or lack one of the messages */
  const ask = async (events: readonly Recorded[]): Promise<Earlier> => {
    const places = [...events.keys()].filter((place) => isAbout(events[place]!));
    if (places.length === 0) return NONE;
    const found = await inViews(events, places);
    if (found !== undefined) return found;
    if (!(await progress.reached(events.at(-1)!.position))) throw new Unavailable('views');
    return (await inViews(events, places)) ?? NONE;
  };

  return {
    /** The position of the last policy of all that the fan-out came to; 0: none yet. */
    get last(): number {
      return late.last;
    },
    /** The position of the last policy of these conversations, or of a later one; 0: none yet. */
    lastOf: late.lastOf,
    /** What events of these conversations are about, if that need not be asked. */
    known: (page: LogPage, conversationIds: readonly string[]): Earlier | undefined => {
      const last = found.get(page);
      return last !== undefined && late.lastOf(conversationIds) <= last.asOf ? last.earlier : undefined;
    },
    /** The fan-out has come to a policy. */
    passed: (recorded: Recorded): void => {
      const event = decode(recorded);
      if (event.type !== 'PolicySet') return;
      const { conversationId, policy } = event.data;
      histories.set(conversationId, policy.history);
      late.passed(conversationId, recorded.position);
    },
    /** @throws Unavailable the views are away, or behind the page */
    among: (page: LogPage): Promise<Earlier> => {
      const known = asked.get(page);
      if (known !== undefined && late.lastOf(page.conversations.keys()) <= known.asOf) return known.earlier;
      const asOf = late.last;
      const earlier = ask(page.events);
      asked.set(page, { asOf, earlier });
      earlier.then(
        (answer) => {
          // An earlier question may be answered later.
          if (asOf >= (found.get(page)?.asOf ?? 0)) found.set(page, { asOf, earlier: answer });
        },
        () => asked.delete(page),
      );
      return earlier;
    },
    /**
     * The position of the message that the event is about, if not all members receive the event. If neither the views nor the
     * end of the log can tell, nobody receives it (0: before all memberships), so that no other push waits.
     */
    messageAt: async (recorded: Recorded): Promise<number | undefined> => {
      if (!isAbout(recorded)) return undefined;
      const found = await inViews([recorded], [0]).catch((error: unknown) => {
        if (error instanceof Unavailable) return undefined;
        throw error;
      });
      if (found !== undefined) return found.get(0);
      const { conversationId, messageId } = named(recorded);
      if (await documents.showsAll(conversationId)) return undefined;
      const position = await documents.positionOf(conversationId, messageId);
      if (position === undefined)
        log.warn(
          { stream: recorded.stream },
          'nobody receives an event about a message: the views cannot tell who sees it',
        );
      return position ?? 0;
    },
  };
};
