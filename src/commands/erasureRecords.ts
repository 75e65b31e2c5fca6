// How each kind of thing is recorded as erased, and which keys must be destroyed for it.

import { erasePerson } from '../domain/administration.ts';
import { decode } from '../domain/codec.ts';
import { conversations } from '../domain/conversation.ts';
import { eraseVisitor } from '../domain/erasure.ts';
import type { DataOf, Erasable, Event, Meta } from '../domain/events.ts';
import { eraseFile, files } from '../domain/file.ts';
import { eraseMessage, saidId, saidMessages } from '../domain/saidMessage.ts';
import { streams } from '../domain/streams.ts';
import { users } from '../domain/user.ts';
import { ownKeyIn } from '../history/secret.ts';
import type { Queries } from '../projections/queries.ts';
import { type History, Unavailable } from '../store/ports.ts';
import type { Ledger } from './ledger.ts';
import { eventsIn } from './readEvents.ts';

export interface RecordedErasure {
  /** The streams that have what is erased. */
  readonly streams: readonly string[];
  readonly keys: readonly string[];
  readonly position: number;
}

interface RecordsOptions {
  readonly ledger: Ledger;
  readonly events: History;
  readonly queries: Pick<Queries, 'message'>;
  /** @throws Unavailable */
  readonly viewsUpTo: (position: number) => Promise<void>;
  /** Erases the desks of an account that the views have by now. */
  readonly eraseDesks: (userId: string, address: string | null, by: string | null, meta: Meta) => Promise<void>;
}

type Records = {
  readonly [K in Erasable]: (request: DataOf<'ErasureRequested'>, meta: Meta) => Promise<RecordedErasure>;
};

/** Each is recorded before its keys are destroyed, so that everybody who follows the log can destroy them too. */
export const createErasureRecords = ({ ledger, events, queries, viewsUpTo, eraseDesks }: RecordsOptions): Records => {
  const eventAt = async (stream: string, revision: number): Promise<Event> => {
    const [recorded] = await events.readStream(stream, { from: revision, limit: 1 });
    if (recorded === undefined) throw new Error(`${stream} has no event ${revision}`);
    return decode(recorded);
  };

  const ownKeyOf = async (stream: string, revision: number): Promise<string> => {
    const key = ownKeyIn((await eventAt(stream, revision)).secret ?? '');
    if (key === undefined) throw new Error(`event ${revision} of ${stream} has no key of its own`);
    return key;
  };

  /** Those of the texts that the message got later. */
  const editKeysOf = async (stream: string): Promise<readonly string[]> => {
    const keys: string[] = [];
    for await (const recorded of eventsIn(events, stream))
      if (recorded.type === 'MessageEdited') keys.push(ownKeyIn(decode(recorded).secret ?? '')!);
    return keys;
  };

  /** The keys of an erased message. Whoever edits it meanwhile comes first, and with another key. */
  const recordErased = async (erased: DataOf<'MessageErased'>, meta: Meta) => {
    const id = saidId(erased);
    for (;;) {
      const editKeys = await editKeysOf(streams.message(id));
      let isWhole = true;
      const { position } = await ledger.transact(saidMessages, id, meta, (said) => {
        isWhole = said.edits === editKeys.length;
        return isWhole
          ? eraseMessage(said, editKeys.length === 0 ? erased : { ...erased, editKeys: [...editKeys] })
          : [];
      });
      if (isWhole) return { streams: [streams.message(id)], keys: [erased.key, ...editKeys], position };
    }
  };

  /** The address under which the account took desks of strangers for its own, as long as it was not deleted. Null: none. */
  const addressOf = async (userId: string): Promise<string | null> => {
    let user = users.initial();
    for await (const recorded of eventsIn(events, streams.user(userId))) {
      const event = decode(recorded);
      if (event.type === 'UserDeleted') break;
      user = users.evolve(user, event, event);
    }
    // Empty: it was erased.
    return (user.acceptsDesks && user.verifiedEmail) || null;
  };

  return {
    person: async ({ targetId, by }, meta) => {
      await viewsUpTo(await events.head());
      const address = await addressOf(targetId);
      await eraseDesks(targetId, address, by, meta);
      const { position } = await ledger.transact(users, targetId, meta, (user) => erasePerson(user, by));
      // Until then it could ask at another one.
      await viewsUpTo(await events.head());
      await eraseDesks(targetId, address, by, meta);
      return { streams: [streams.user(targetId)], keys: [targetId], position };
    },
    desk: async ({ targetId, by }, meta) => {
      const decide = (state: Parameters<typeof eraseVisitor>[0]) => eraseVisitor(state, targetId, by);
      const { position } = await ledger.transact(conversations, targetId, meta, decide);
      return { streams: [streams.conversation(targetId)], keys: [targetId], position };
    },
    message: async ({ targetId, inConversationId, by }, meta) => {
      const conversationId = inConversationId!;
      await viewsUpTo(await events.head());
      const known = await queries.message(targetId);
      if (known === undefined) throw new Unavailable('views');
      const key = await ownKeyOf(streams.messages(conversationId), known.seq - 1);
      const { senderId } = known;
      const ofOther = senderId === null || senderId === by ? {} : { senderId };
      return recordErased({ conversationId, messageId: targetId, ...ofOther, key, by }, meta);
    },
    file: async ({ targetId, by }, meta) => {
      // They know who shows the file, and is told.
      await viewsUpTo(await events.head());
      const key = await ownKeyOf(streams.file(targetId), 0);
      const { position } = await ledger.transact(files, targetId, meta, (file) => eraseFile(file, key, by));
      return { streams: [streams.file(targetId)], keys: [key], position };
    },
  };
};
