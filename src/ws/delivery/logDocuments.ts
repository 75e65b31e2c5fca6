// Reads the people, files and conversations that frames name, from the log alone: pushes go on while the views lag.

import { LRUCache } from 'lru-cache';
import type { Decode } from '../../domain/codec.ts';
import { streams, userIdOf } from '../../domain/streams.ts';
import { type ConversationDoc, conversations } from '../../projections/conversations.ts';
import { type FileDoc, files } from '../../projections/files.ts';
import { type MessageDoc, messages } from '../../projections/messages.ts';
import { documentAfter, type Projection } from '../../projections/projection.ts';
import { type UserDoc, users } from '../../projections/users.ts';
import { type Doc, type EventStore, isLastPage, type Recorded } from '../../store/ports.ts';
import type { FrameContext } from '../protocol.ts';

export interface LogDocuments extends FrameContext {
  /** Brings the kept account up to this event of the log. */
  apply(recorded: Recorded): void;
}

interface Kept {
  readonly doc: Doc | undefined;
  /** The last event that is in `doc`. */
  readonly revision: number;
}

/** A stream, and the projection that makes a document from it. */
interface Source {
  readonly stream: string;
  readonly projection: Projection;
  /** Read the first event alone: it says all that never changes. */
  readonly firstOnly: boolean;
}

const KEPT_BYTES = 32_000_000;
/** What keeping one document costs beside its text. */
const KEEPING = 300;
const PAGE = 1000;

const accountOf = (id: string): Source => ({ stream: streams.user(id), projection: users, firstOnly: false });

export const createLogDocuments = (events: Pick<EventStore, 'readStream'>, decode: Decode): LogDocuments => {
  const kept = new LRUCache<string, Kept>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ doc }) => KEEPING + JSON.stringify(doc ?? null).length,
  });
  const underWay = new Map<string, Promise<Kept>>();

  const read = async ({ stream, projection, firstOnly }: Source): Promise<Kept> => {
    const limit = firstOnly ? 1 : PAGE;
    let known: Kept = { doc: undefined, revision: -1 };
    for (;;) {
      const page = await events.readStream(stream, { from: known.revision + 1, limit });
      for (const recorded of page)
        known = { doc: documentAfter(projection, known.doc, decode(recorded)), revision: recorded.revision };
      if (firstOnly || isLastPage(page, PAGE)) return known;
    }
  };

  const load = (source: Source): Promise<Kept> => {
    const { stream } = source;
    const loading = underWay.get(stream);
    if (loading !== undefined) return loading;
    const begun = read(source);
    underWay.set(stream, begun);
    const ended = (known?: Kept): void => {
      // If the log went on meanwhile, this document may lack the latest event.
      if (underWay.get(stream) !== begun) return;
      underWay.delete(stream);
      if (known?.doc) kept.set(stream, known);
    };
    begun.then(ended, () => ended());
    return begun;
  };

  const documentOf = async <T>(source: Source): Promise<T | undefined> =>
    (kept.get(source.stream) ?? (await load(source))).doc as unknown as T | undefined;

  const asMade = <T>(stream: string, projection: Projection): Promise<T | undefined> =>
    documentOf<T>({ stream, projection, firstOnly: true });

  return {
    users: async (ids) => {
      const found = new Map<string, UserDoc>();
      for (const id of ids) {
        if (id === null || found.has(id)) continue;
        const user = await documentOf<UserDoc>(accountOf(id));
        if (user) found.set(id, user);
      }
      return found;
    },
    file: async (id) => (id === null ? undefined : asMade<FileDoc>(streams.file(id), files)),
    conversationAsMade: (id) => asMade<ConversationDoc>(streams.conversation(id), conversations),
    messageBefore: async ({ stream, revision }) => {
      if (revision === 0) return undefined;
      const [before] = await events.readStream(stream, { from: revision - 1, limit: 1 });
      return before && (documentAfter(messages, undefined, decode(before)) as unknown as MessageDoc | undefined);
    },
    apply: (recorded) => {
      const { stream, revision } = recorded;
      if (userIdOf(stream) === undefined) return;
      underWay.delete(stream);
      const known = kept.peek(stream);
      if (known === undefined || revision <= known.revision) return;
      if (revision > known.revision + 1) kept.delete(stream);
      else kept.set(stream, { doc: documentAfter(users, known.doc, decode(recorded)), revision });
    },
  };
};
