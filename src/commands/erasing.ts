// Carries out what is to be erased: records it, destroys the keys, empties what the views keep of earlier documents, looks
// whether anything is left, and signs a certificate. Each step can be repeated: whoever finds it unfinished begins again.

import { certifyErasure, dropErasure, erasures, requestErasure, startErasure } from '../domain/erasure.ts';
import type { DataOf, Erasable, Meta } from '../domain/events.ts';
import { logs } from '../domain/log.ts';
import { Refused } from '../domain/refused.ts';
import { streams, THE_LOG } from '../domain/streams.ts';
import { users } from '../domain/user.ts';
import type { ErasureDoc } from '../projections/erasures.ts';
import type { Progress } from '../projections/progress.ts';
import type { Queries } from '../projections/queries.ts';
import { takeOutWords } from '../projections/takeOutWords.ts';
import { type History, Unavailable, type ViewStore } from '../store/ports.ts';
import { certificateClaims, closedPartsIn } from './erasureCertificate.ts';
import { createErasureRecords } from './erasureRecords.ts';
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

export type Erasing = ReturnType<typeof createErasing>;

export const createErasing = ({ ledger, events, views, queries, progress, ...options }: ErasingOptions) => {
  const { signer, now, grace } = options;

  const viewsUpTo = async (position: number): Promise<void> => {
    if (!(await progress.reached(position))) throw new Unavailable('views');
  };

  /** Those that the views have by now. */
  const eraseDesks = async (userId: string, address: string | null, by: string | null, meta: Meta): Promise<void> => {
    for await (const deskId of queries.desksToErase(userId, address)) {
      await request({ targetId: deskId, kind: 'desk', inConversationId: null, by }, meta, 0);
      await carryOut(deskId, meta.correlationId);
    }
  };

  const records = createErasureRecords({ ledger, events, queries, viewsUpTo, eraseDesks });

  /** No event names all that a person or a visitor ever said. */
  const takeOut = async (kind: Erasable, targetId: string): Promise<void> => {
    if (kind === 'person' || kind === 'desk') await takeOutWords(views, await events.marks(), targetId);
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
    const { request, requestedAt } = erasure;
    if (request === undefined || erasure.certificate !== null) return erasure.certificate ?? undefined;
    const { kind } = request;
    const recorded = await records[kind](request, meta);
    await viewsUpTo(recorded.position);
    await events.destroy(recorded.keys);
    for (const name of recorded.streams) ledger.drop(name);
    await takeOut(kind, targetId);
    await views.scrub();
    const privateParts = await closedPartsIn(events, recorded.streams);
    const { logId } = await ledger.load(logs, THE_LOG);
    const claims = certificateClaims(request, recorded, { logId, requestedAt, privateParts, at: now() });
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
