// Reads the accounts, files and conversations that frames name from the log alone, so pushes do not wait for the views.
// Only where the log hides a stream, or fails at it, frames show what the views have of it: everybody's frames go on.

import { LRUCache } from 'lru-cache';
import { Unreadable } from '../../domain/codec.ts';
import type { Event, EventOf } from '../../domain/events.ts';
import { streams, userIdOf } from '../../domain/streams.ts';
import { type ConversationDoc, conversations } from '../../projections/conversations.ts';
import { type FileDoc, fileOf } from '../../projections/files.ts';
import { editedMessage, type MessageDoc, messageOf } from '../../projections/messages.ts';
import { documentAfter, type Projection } from '../../projections/projection.ts';
import { type UserDoc, users } from '../../projections/users.ts';
import type { Services } from '../../services.ts';
import { type Doc, Hidden, isLastPage, type Recorded } from '../../store/ports.ts';
import type { FrameContext } from '../protocol.ts';

export interface LogDocuments extends FrameContext {
  /** Applies this event of the log to the account, if it is in memory. */
  apply(recorded: Recorded): void;
  /** Reads again what it is asked from here on. */
  forget(): void;
  /** The streams that could not be read lately, and why. Those that lack events are known without. */
  troubles(): readonly string[];
}

interface Kept {
  readonly doc: Doc | undefined;
  /** The last event that is in `doc`. */
  readonly revision: number;
}

/** A stream, and the projection that makes a document from it. */
interface Source {
  readonly stream: string;
  /** The document after one more event. */
  readonly after: (doc: Doc | undefined, event: Event) => Doc | undefined;
  /** Read the first event only: it has everything that never changes. */
  readonly firstOnly: boolean;
  /** The same from the views. */
  readonly inViews: () => Promise<unknown>;
}

const by =
  (projection: Projection): Source['after'] =>
  (doc, event) =>
    documentAfter(projection, doc, event);

const fileAfter: Source['after'] = (doc, event) => (event.type === 'FileStored' ? ({ ...fileOf(event) } as Doc) : doc);

const KEPT_BYTES = 32_000_000;
/** Bytes that one document costs beside its text. */
const KEEPING = 300;
const PAGE = 1000;
/** Milliseconds after which a stream that could not be read is tried again. */
const AGAIN_AFTER = 60_000;
/** Streams that are named as a trouble at most. */
const NAMED = 100;

export const createLogDocuments = ({
  events,
  decode,
  queries,
  progress,
  log,
}: Pick<Services, 'events' | 'decode' | 'queries' | 'progress' | 'log'>): LogDocuments => {
  const unreadable = new LRUCache<string, string>({ max: NAMED, ttl: AGAIN_AFTER });

  /** @throws the error, unless it concerns one stream alone: then the store answers other questions */
  const mustBeAlone = async (error: unknown): Promise<void> => {
    if (error instanceof Hidden || error instanceof Unreadable) return;
    await events.head().catch(() => {
      throw error;
    });
  };

  /** What the views have of a stream that alone cannot be read. It does not wait for views that are away. */
  const fromViews = async (stream: string, error: unknown, inViews: Source['inViews']): Promise<unknown> => {
    await mustBeAlone(error);
    log.warn({ err: error, stream }, 'frames show what the views have of a stream that cannot be read');
    if (!(error instanceof Hidden)) unreadable.set(stream, error instanceof Error ? error.message : String(error));
    return progress.isReady && !progress.isAway ? inViews().catch(() => undefined) : undefined;
  };

  const read = async ({ stream, after, firstOnly }: Source): Promise<Kept> => {
    const limit = firstOnly ? 1 : PAGE;
    let known: Kept = { doc: undefined, revision: -1 };
    for (;;) {
      const page = await events.readStream(stream, { from: known.revision + 1, limit });
      for (const recorded of page) known = { doc: after(known.doc, decode(recorded)), revision: recorded.revision };
      if (firstOnly || isLastPage(page, PAGE)) return known;
    }
  };

  /** Of a message, up to a revision of its own stream. */
  const lastEdit = async (stream: string, revision: number): Promise<EventOf<'MessageEdited'> | undefined> => {
    for (let from = revision; from >= 0; ) {
      const page = await events.readStream(stream, { from, backwards: true, limit: PAGE });
      const found = page.find(({ type }) => type === 'MessageEdited');
      if (found) return decode(found) as EventOf<'MessageEdited'>;
      from = (page.at(-1)?.revision ?? 0) - 1;
    }
    return undefined;
  };

  /** By stream. Several requests for one document share one read. */
  const kept = new LRUCache<string, Kept, Source>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ doc }) => KEEPING + JSON.stringify(doc ?? null).length,
    fetchMethod: (stream, _stale, { context, options }) =>
      read(context).catch(async (error: unknown) => {
        options.ttl = AGAIN_AFTER;
        return { doc: (await fromViews(stream, error, context.inViews)) as Doc | undefined, revision: -1 };
      }),
    // `apply` deletes a document that is being read: the read still answers, and is not kept.
    ignoreFetchAbort: true,
  });

  const documentOf = async <T>(source: Source): Promise<T | undefined> => {
    const { stream } = source;
    const doc = (await kept.fetch(stream, { context: source }))?.doc;
    if (doc === undefined) kept.delete(stream);
    return doc as unknown as T | undefined;
  };

  return {
    user: async (id) => {
      if (id === null) return undefined;
      const inViews = () => queries.user(id);
      return documentOf<UserDoc>({ stream: streams.user(id), after: by(users), firstOnly: false, inViews });
    },
    file: async (id) => {
      if (id === null) return undefined;
      const inViews = async () => (await queries.filesById([id])).get(id);
      return documentOf<FileDoc>({ stream: streams.file(id), after: fileAfter, firstOnly: true, inViews });
    },
    conversationAsMade: (id) => {
      const inViews = () => queries.conversation(id);
      const stream = streams.conversation(id);
      return documentOf<ConversationDoc>({ stream, after: by(conversations), firstOnly: true, inViews });
    },
    messageBefore: async ({ stream, revision, data: { conversationId } }) => {
      if (revision === 0) return undefined;
      try {
        const [before] = await events.readStream(stream, { from: revision - 1, limit: 1 });
        return before && messageOf(decode(before) as EventOf<'MessageSent'>);
      } catch (error) {
        const page = { before: revision + 1, descending: true, limit: 1 };
        const inViews = async () => (await queries.messagesIn(conversationId, page)).items[0];
        return (await fromViews(stream, error, inViews)) as MessageDoc | undefined;
      }
    },
    restored: async ({ stream, revision, data: { conversationId, messageId, seq } }) => {
      try {
        const [sent] = await events.readStream(streams.messages(conversationId), { from: seq - 1, limit: 1 });
        const last = await lastEdit(stream, revision);
        if (sent === undefined) return undefined;
        const edit = last && { at: last.at, text: last.data.text, erased: last.isClosed === true };
        return editedMessage(messageOf(decode(sent) as EventOf<'MessageSent'>), edit);
      } catch (error) {
        return (await fromViews(stream, error, () => queries.message(messageId))) as MessageDoc | undefined;
      }
    },
    apply: (recorded) => {
      const { stream, revision } = recorded;
      if (userIdOf(stream) === undefined) return;
      const known = kept.peek(stream);
      // A document that is being read may lack this event.
      if (known === undefined || revision > known.revision + 1) kept.delete(stream);
      else if (revision > known.revision)
        kept.set(stream, { doc: documentAfter(users, known.doc, decode(recorded)), revision });
    },
    forget: () => kept.clear(),
    troubles: () => [...unreadable].map(([stream, why]) => `hub: ${stream} cannot be read: ${why}`),
  };
};
