// Reads the accounts, files and conversations that frames name from the log alone, so pushes do not wait for the views.
// Only where the log hides a stream, or fails at it, frames show what the views have of it: everybody's frames go on.

import { LRUCache } from 'lru-cache';
import { seesAfter } from '../../domain/access.ts';
import { type ConversationFacts, factsOf } from '../../domain/accessFacts.ts';
import { Unreadable } from '../../domain/envelope.ts';
import type { EventOf } from '../../domain/events.ts';
import { streams } from '../../domain/streams.ts';
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
import { createKeptFolds, type Kept, type Source } from './keptFolds.ts';

export interface LogDocuments extends FrameContext {
  /** The fan-out has come to this event, which is in no stream of messages. */
  apply(recorded: Recorded): void;
  /** Do members of the conversation see all messages, whenever they joined? */
  showsAll(conversationId: string): Promise<boolean>;
  /** Where one of the latest messages of the conversation lies in the log. Undefined: it is none of them. */
  positionOf(conversationId: string, messageId: string): Promise<number | undefined>;
  /** These keys were destroyed: what was read with them is read again. */
  forget(keyNames: readonly string[]): void;
  /** The streams that could not be read lately, and why. Those that lack events are known without. */
  troubles(): readonly string[];
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

/** What became of a message since it was sent. No text, so that an erasure changes nothing of it. */
interface Since {
  /** The revision of its last edit. */
  readonly edit?: number;
  readonly removed?: Removal | null;
}

const sinceAfter: Source['after'] = (doc = { id: '' }, event) => {
  switch (event.type) {
    case 'MessageEdited':
      return { ...doc, edit: event.revision };
    case 'MessageRemoved':
      return { ...doc, removed: { at: event.at, by: event.data.removedBy } };
    case 'MessageRestored':
      return { ...doc, removed: null };
    default:
      return doc;
  }
};

/** Of a conversation: what says who sees which of its messages. */
const rulesAfter: Source['after'] = (doc, event) => {
  const made = factsOf(event);
  if (made !== undefined) return { id: '', kind: made.kind, public: made.public, policy: made.policy };
  return doc && event.type === 'PolicySet' ? { ...doc, policy: event.data.policy } : doc;
};

/** Bytes of accounts, of files and conversations as they were made, and of what happened to messages. */
const BYTES = { people: 16_000_000, made: 8_000_000, rules: 8_000_000 };
const PAGE = 1000;
/** Messages of a conversation that are the latest ones. */
const LATEST = 500;
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

  const fold = async ({ stream, after, firstOnly = false }: Source): Promise<Kept> => {
    const limit = firstOnly ? 1 : PAGE;
    let known: Kept = { doc: undefined, revision: -1 };
    for (;;) {
      const page = await events.readStream(stream, { from: known.revision + 1, limit });
      for (const recorded of page) known = { doc: after(known.doc, decode(recorded)), revision: recorded.revision };
      if (firstOnly || isLastPage(page, PAGE)) return known;
    }
  };

  const read = (source: Source): Promise<Kept & { readonly ttl?: number }> =>
    fold(source).catch(async (error: unknown) => {
      const { stream, inViews } = source;
      if (inViews === undefined) throw error;
      return { doc: (await fromViews(stream, error, inViews)) as Doc | undefined, revision: -1, ttl: AGAIN_AFTER };
    });

  const people = createKeptFolds({ decode, read, bytes: BYTES.people });
  const made = createKeptFolds({ decode, read, bytes: BYTES.made });
  const rules = createKeptFolds({ decode, read, bytes: BYTES.rules });

  const showsAll = async (conversationId: string): Promise<boolean> => {
    const stream = streams.conversation(conversationId);
    const inViews = () => queries.conversation(conversationId);
    const found = await rules.of<ConversationFacts>({ stream, after: rulesAfter, inViews });
    return found !== undefined && seesAfter(found, undefined) === 0;
  };

  /** What the message said first, at a place of its conversation, and the last edit of it. */
  const saidAt = async (conversationId: string, seq: number, stream: string) => {
    const [[sent], since] = await Promise.all([
      events.readStream(streams.messages(conversationId), { from: seq - 1, limit: 1 }),
      rules.of<Since>({ stream, after: sinceAfter }),
    ]);
    if (sent === undefined) return undefined;
    const { edit, removed = null } = since ?? {};
    const [edited] = edit === undefined ? [] : await events.readStream(stream, { from: edit, limit: 1 });
    const last = edited && editOf(decode(edited) as EventOf<'MessageEdited'>);
    return { said: editedMessage(messageOf(decode(sent) as EventOf<'MessageSent'>), last), removed };
  };

  return {
    user: async (id) => {
      if (id === null) return undefined;
      const inViews = () => queries.user(id);
      return people.of<UserDoc>({ stream: streams.user(id), after: by(users), inViews });
    },
    file: async (id) => {
      if (id === null) return undefined;
      const inViews = async () => (await queries.filesById([id])).get(id);
      return made.of<FileDoc>({ stream: streams.file(id), after: fileAfter, firstOnly: true, inViews });
    },
    conversationAsMade: (id) => {
      const inViews = () => queries.conversation(id);
      const stream = streams.conversation(id);
      return made.of<ConversationDoc>({ stream, after: by(conversations), firstOnly: true, inViews });
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
    restored: async ({ stream, data: { conversationId, messageId, seq } }) => {
      try {
        return (await saidAt(conversationId, seq, stream))?.said;
      } catch (error) {
        return (await fromViews(stream, error, () => queries.message(messageId))) as MessageDoc | undefined;
      }
    },
    quotedBy: async ({ conversationId, replyTo }) => {
      if (replyTo === undefined || !(await showsAll(conversationId))) return undefined;
      const { messageId, seq } = replyTo;
      try {
        const found = await saidAt(conversationId, seq, streams.message(`${conversationId}-${messageId}`));
        return found && withoutRemovedContent({ ...found.said, removed: found.removed });
      } catch (error) {
        const inViews = () => queries.message(messageId);
        return (await fromViews(streams.messages(conversationId), error, inViews)) as MessageDoc | undefined;
      }
    },
    showsAll,
    positionOf: async (conversationId, messageId) => {
      const stream = streams.messages(conversationId);
      try {
        const latest = await events.readStream(stream, { backwards: true, limit: LATEST });
        const sent = latest.map(decode) as readonly EventOf<'MessageSent'>[];
        return sent.find(({ data }) => data.messageId === messageId)?.position;
      } catch (error) {
        const message = await fromViews(stream, error, () => queries.message(messageId));
        return (message as MessageDoc | undefined)?.position;
      }
    },
    apply: (recorded) => {
      people.apply(recorded);
      rules.apply(recorded);
    },
    forget: (keyNames) => {
      for (const name of keyNames) people.forget(streams.user(name));
      made.forgetAll();
    },
    troubles: () => [...unreadable].map(([stream, why]) => `hub: ${stream} cannot be read: ${why}`),
  };
};
