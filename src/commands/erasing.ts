// Carries out what is to be erased: records it, destroys the keys, empties what the views keep of earlier documents, looks
// whether anything is left, and signs a certificate. Each step can be repeated: whoever finds it unfinished begins again.

import { erasePerson } from '../domain/administration.ts';
import { decode } from '../domain/codec.ts';
import { conversations } from '../domain/conversation.ts';
import {
  certifyErasure,
  dropErasure,
  eraseVisitor,
  erasures,
  requestErasure,
  startErasure,
} from '../domain/erasure.ts';
import type { DataOf, Erasable, Event, Meta } from '../domain/events.ts';
import { eraseFile, files } from '../domain/file.ts';
import { logs } from '../domain/log.ts';
import { Refused } from '../domain/refused.ts';
import { eraseMessage, saidId, saidMessages } from '../domain/saidMessage.ts';
import { streams, THE_LOG } from '../domain/streams.ts';
import { users } from '../domain/user.ts';
import { ownKeyIn } from '../history/secret.ts';
import type { ErasureDoc } from '../projections/erasures.ts';
import type { Progress } from '../projections/progress.ts';
import type { Queries } from '../projections/queries.ts';
import { takeOutWords } from '../projections/takeOutWords.ts';
import { type History, Unavailable, type ViewStore } from '../store/ports.ts';
import type { Ledger } from './ledger.ts';
import { eventsIn, stateIn } from './readEvents.ts';
import type { Signer } from './signer.ts';

export interface ErasingOptions {
  readonly ledger: Ledger;
  readonly events: History;
  readonly views: Pick<ViewStore, 'scrub' | 'search' | 'mend'>;
  readonly queries: Pick<Queries, 'message' | 'desksToErase'>;
  readonly progress: Pick<Progress, 'reached'>;
  readonly signer: Signer;
  readonly now: () => Date;
  /** Milliseconds in which a request can be taken back. */
  readonly grace: number;
}

type Request = DataOf<'ErasureRequested'>;

interface Recorded {
  /** The streams that have what is erased. */
  readonly streams: readonly string[];
  readonly keys: readonly string[];
  readonly position: number;
}

export type Erasing = ReturnType<typeof createErasing>;

export const createErasing = ({ ledger, events, views, queries, progress, ...options }: ErasingOptions) => {
  const { signer, now, grace } = options;

  const viewsUpTo = async (position: number): Promise<void> => {
    if (!(await progress.reached(position))) throw new Unavailable('views');
  };

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

  /** Those that the views have by now. */
  const eraseDesks = async (userId: string, address: string | null, by: string | null, meta: Meta): Promise<void> => {
    for await (const deskId of queries.desksToErase(userId, address)) {
      await request({ targetId: deskId, kind: 'desk', inConversationId: null, by }, meta, 0);
      await carryOut(deskId, meta.correlationId);
    }
  };

  /** How each kind is recorded: before its keys are destroyed, so that everybody who follows the log can destroy them too. */
  const records: { readonly [K in Erasable]: (request: Request, meta: Meta) => Promise<Recorded> } = {
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

  /** No event names all that a person or a visitor ever said. */
  const takeOut = async (kind: Erasable, targetId: string): Promise<void> => {
    if (kind === 'person' || kind === 'desk') await takeOutWords(views, await events.marks(), targetId);
  };

  /** How many private parts nobody can open any more. @throws Error one can be opened */
  const lookFor = async (name: string): Promise<number> => {
    let closed = 0;
    for await (const recorded of eventsIn(events, name)) {
      const { secret, isClosed } = decode(recorded);
      if (secret !== undefined && !isClosed) throw new Error(`${name} can still be read at ${recorded.revision}`);
      if (isClosed) closed += 1;
    }
    return closed;
  };

  /** `wait`: milliseconds in which it can be taken back. */
  const request = (asked: Omit<Request, 'dueAt'>, meta: Meta, wait = grace) => {
    const dueAt = new Date(now().getTime() + wait).toISOString();
    return ledger.transact(erasures, asked.targetId, meta, (state) => requestErasure(state, { ...asked, dueAt }));
  };

  /**
   * Drops the request if the sign-in that asked had ended when it was recorded, and says whether it had. The account is in
   * another stream, so no decision sees both.
   */
  const dropLate = async (targetId: string, meta: Meta): Promise<boolean> => {
    const { request, started } = await ledger.load(erasures, targetId);
    if (request?.epoch === undefined || started) return false;
    let position = 0;
    for await (const recorded of eventsIn(events, streams.erasure(targetId)))
      if (recorded.type === 'ErasureRequested') position = recorded.position;
    const { epoch } = request;
    if ((await stateIn(events, users, targetId, position)).epoch === epoch) return false;
    await ledger.transact(erasures, targetId, meta, (state) => dropErasure(state, epoch));
    return true;
  };

  /** The certificate. Undefined: the request was taken back or dropped. @throws Unavailable; Error something is left */
  const carryOut = async (targetId: string, correlationId: string): Promise<string | undefined> => {
    const meta: Meta = { actorId: null, correlationId };
    if (await dropLate(targetId, meta)) return undefined;
    await events.quiet();
    await ledger.transact(erasures, targetId, meta, startErasure);
    const erasure = await ledger.load(erasures, targetId);
    if (erasure.request === undefined || erasure.certificate !== null) return erasure.certificate ?? undefined;
    const { kind, by, inConversationId } = erasure.request;
    const recorded = await records[kind](erasure.request, meta);
    await viewsUpTo(recorded.position);
    await events.destroy(recorded.keys);
    for (const name of recorded.streams) ledger.drop(name);
    await takeOut(kind, targetId);
    await views.scrub();
    let privateParts = 0;
    for (const name of recorded.streams) privateParts += await lookFor(name);
    const { logId } = await ledger.load(logs, THE_LOG);
    const at = now();
    const claims = {
      ...{ iss: 'verbatim', iat: Math.floor(at.getTime() / 1000) },
      ...{ logId, erased: kind, targetId, inConversationId, requestedAt: erasure.requestedAt, requestedBy: by },
      erasedAt: at.toISOString(),
      position: recorded.position,
      destroyedKeys: recorded.keys,
      looked: [
        { place: 'keys', found: 'zeros in the place of each key' },
        { place: 'log', found: 'no private part that can be opened', streams: recorded.streams, privateParts },
        { place: 'views', found: 'documents up to the position; earlier bytes overwritten, write-ahead log emptied' },
        ...(kind === 'file' ? [] : [{ place: 'search', found: 'no mark of a word' }]),
        { place: 'memory', found: 'keys and opened texts forgotten' },
      ],
    };
    const certificate = await signer.sign('certificate', JSON.stringify(claims), meta);
    await ledger.transact(erasures, targetId, meta, (state) => certifyErasure(state, recorded.keys, certificate));
    return (await ledger.load(erasures, targetId)).certificate ?? undefined;
  };

  return {
    /** @throws Refused `confirmation-required` if the sign-in that asks ended meanwhile */
    request: async (asked: Omit<Request, 'dueAt'>, meta: Meta) => {
      const done = await request(asked, meta);
      if (await dropLate(asked.targetId, { actorId: null, correlationId: meta.correlationId }))
        throw new Refused('confirmation-required', 'current');
      if (grace > 0) return done;
      await carryOut(asked.targetId, meta.correlationId);
      return { ...done, position: Math.max(done.position, await events.head()) };
    },
    carryOut,
    /** Overwrites what the views keep of earlier documents. */
    scrub: () => views.scrub(),
    /**
     * What a backup, or views whose build had read the texts before, may have brought back; and a desk whose opening was under
     * way while its account was erased. @throws Unavailable
     */
    eraseAgain: async (
      { id, kind, keys }: Pick<ErasureDoc, 'id' | 'kind' | 'keys'>,
      correlationId: string,
    ): Promise<void> => {
      await events.destroyAgain(keys);
      await takeOut(kind, id);
      if (kind === 'person') await eraseDesks(id, null, null, { actorId: null, correlationId });
    },
  };
};
