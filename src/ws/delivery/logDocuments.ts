// Reads the accounts, files and conversations that frames name from the log alone, so pushes do not wait for the views.

import { LRUCache } from 'lru-cache';
import { streams, userIdOf } from '../../domain/streams.ts';
import { type ConversationDoc, conversations } from '../../projections/conversations.ts';
import { type FileDoc, files } from '../../projections/files.ts';
import { type MessageDoc, messages } from '../../projections/messages.ts';
import { documentAfter, type Projection } from '../../projections/projection.ts';
import { type UserDoc, users } from '../../projections/users.ts';
import type { Services } from '../../services.ts';
import { type Doc, isLastPage, type Recorded } from '../../store/ports.ts';
import type { FrameContext } from '../protocol.ts';

export interface LogDocuments extends FrameContext {
  /** Applies this event of the log to the account, if it is in memory. */
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
  /** Read the first event only: it has everything that never changes. */
  readonly firstOnly: boolean;
}

const KEPT_BYTES = 32_000_000;
/** Bytes that one document costs beside its text. */
const KEEPING = 300;
const PAGE = 1000;

export const createLogDocuments = ({ events, decode }: Pick<Services, 'events' | 'decode'>): LogDocuments => {
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

  /** By stream. Several requests for one document share one read. */
  const kept = new LRUCache<string, Kept, Source>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ doc }) => KEEPING + JSON.stringify(doc ?? null).length,
    fetchMethod: (_, _stale, { context }) => read(context),
    // `apply` deletes a document that is being read: the read still answers, and is not kept.
    ignoreFetchAbort: true,
  });

  const documentOf = async <T>(source: Source): Promise<T | undefined> => {
    const { stream } = source;
    const doc = (await kept.fetch(stream, { context: source }))?.doc;
    if (doc === undefined) kept.delete(stream);
    return doc as unknown as T | undefined;
  };

  const asMade = <T>(stream: string, projection: Projection): Promise<T | undefined> =>
    documentOf<T>({ stream, projection, firstOnly: true });

  return {
    user: async (id) =>
      id === null ? undefined : documentOf<UserDoc>({ stream: streams.user(id), projection: users, firstOnly: false }),
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
      const known = kept.peek(stream);
      // A document that is being read may lack this event.
      if (known === undefined || revision > known.revision + 1) kept.delete(stream);
      else if (revision > known.revision)
        kept.set(stream, { doc: documentAfter(users, known.doc, decode(recorded)), revision });
    },
  };
};
