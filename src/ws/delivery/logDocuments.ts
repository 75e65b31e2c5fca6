// Reads the accounts, files and conversations that frames name from the log alone, so pushes do not wait for the views.
// Only where the log hides a stream, or fails at it, frames show what the views have of it: everybody's frames go on.

import { LRUCache } from 'lru-cache';
import { seesAfter } from '../../domain/access.ts';
import { Unreadable } from '../../domain/codec.ts';
import type { Event, EventOf } from '../../domain/events.ts';
import { streams, userIdOf } from '../../domain/streams.ts';
import { type ConversationDoc, conversations } from '../../projections/conversations.ts';
import { type FileDoc, fileOf } from '../../projections/files.ts';
import {
  editedMessage,
  type MessageDoc,
  messageOf,
  type Removal,
  withoutRemovedContent,
} from '../../projections/messages.ts';
import { documentAfter, type Projection } from '../../projections/projection.ts';
import { type UserDoc, users } from '../../projections/users.ts';
import type { Services } from '../../services.ts';
import { type Doc, Hidden, isLastPage, type Recorded } from '../../store/ports.ts';
import type { FrameContext } from '../protocol.ts';

export interface LogDocuments extends FrameContext {
  /** Applies this event of the log to the account, if it is in memory. */
  apply(recorded: Recorded): void;
  /** Forgets what this event changes of a message that is quoted, or of who may see quotes. */
  outdate(recorded: Recorded): void;
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
  /** What it is kept as. Default: the stream. */
  readonly key?: string;
  /** The document after one more event. */
  readonly after: (doc: Doc | undefined, event: Event) => Doc | undefined;
  /** Read the first event only: it has everything that never changes. */
  readonly firstOnly: boolean;
  /** The same from the views. Missing: whoever asks is told of the failure. */
  readonly inViews?: () => Promise<unknown>;
}

const by =
  (projection: Projection): Source['after'] =>
  (doc, event) =>
    documentAfter(projection, doc, event);

const fileAfter: Source['after'] = (doc, event) => (event.type === 'FileStored' ? ({ ...fileOf(event) } as Doc) : doc);

const editOf = ({ at, data: { text }, isClosed }: EventOf<'MessageEdited'>) => ({
  at,
  text,
  erased: isClosed === true,
});

/** What became of a message since it was sent. */
interface Since {
  readonly edit?: ReturnType<typeof editOf>;
  readonly removed?: Removal | null;
}

const sinceAfter: Source['after'] = (doc = { id: '' }, event) => {
  switch (event.type) {
    case 'MessageEdited':
      return { ...doc, edit: editOf(event) };
    case 'MessageRemoved':
      return { ...doc, removed: { at: event.at, by: event.data.removedBy } };
    case 'MessageRestored':
      return { ...doc, removed: null };
    default:
      return doc;
  }
};

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
  const fromViews = async (
    stream: string,
    error: unknown,
    inViews: NonNullable<Source['inViews']>,
  ): Promise<unknown> => {
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
    fetchMethod: (_key, _stale, { context, options }) =>
      read(context).catch(async (error: unknown) => {
        if (context.inViews === undefined) throw error;
        options.ttl = AGAIN_AFTER;
        return { doc: (await fromViews(context.stream, error, context.inViews)) as Doc | undefined, revision: -1 };
      }),
    // `apply` deletes a document that is being read: the read still answers, and is not kept.
    ignoreFetchAbort: true,
  });

  const documentOf = async <T>(source: Source): Promise<T | undefined> => {
    const { stream, key = stream } = source;
    const doc = (await kept.fetch(key, { context: source }))?.doc;
    if (doc === undefined) kept.delete(key);
    return doc as unknown as T | undefined;
  };

  const policyKey = (stream: string): string => `policy in ${stream}`;
  const mayQuote = async (conversationId: string): Promise<boolean> => {
    const stream = streams.conversation(conversationId);
    const inViews = () => queries.conversation(conversationId);
    const source = { stream, key: policyKey(stream), after: by(conversations), firstOnly: false, inViews };
    const found = await documentOf<ConversationDoc>(source);
    return found !== undefined && seesAfter(found, undefined) === 0;
  };

  /** The message at a place of a conversation, with what became of it since. */
  const messageAt = async (conversationId: string, messageId: string, seq: number): Promise<MessageDoc | undefined> => {
    const stream = streams.message(`${conversationId}-${messageId}`);
    const [[recorded], since] = await Promise.all([
      events.readStream(streams.messages(conversationId), { from: seq - 1, limit: 1 }),
      documentOf<Since>({ stream, after: sinceAfter, firstOnly: false }),
    ]);
    if (recorded === undefined) return undefined;
    const sent = messageOf(decode(recorded) as EventOf<'MessageSent'>);
    return editedMessage({ ...sent, removed: since?.removed ?? null }, since?.edit);
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
        return sent && editedMessage(messageOf(decode(sent) as EventOf<'MessageSent'>), last && editOf(last));
      } catch (error) {
        return (await fromViews(stream, error, () => queries.message(messageId))) as MessageDoc | undefined;
      }
    },
    quotedBy: async ({ conversationId, replyTo }) => {
      if (replyTo === undefined || !(await mayQuote(conversationId))) return undefined;
      const { messageId, seq } = replyTo;
      try {
        const message = await messageAt(conversationId, messageId, seq);
        return message && withoutRemovedContent(message);
      } catch (error) {
        const inViews = () => queries.message(messageId);
        return (await fromViews(streams.messages(conversationId), error, inViews)) as MessageDoc | undefined;
      }
    },
    outdate: ({ type, stream }) => void kept.delete(type === 'PolicySet' ? policyKey(stream) : stream),
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
