// Seals of the log, the keys that signed them, and proofs by them: see `docs/proofs.md`.

import { z } from 'zod';
import { id } from '../../api/answerFields.ts';
import { HttpFailure, malformed } from '../../api/failures.ts';
import { ConsistencyProof, InclusionProof, Seal, SealKeys, SealPage } from '../../api/seals.ts';
import { findEvent } from '../../audit/askLog.ts';
import { jwkOf } from '../../auth/signing.ts';
import { decode } from '../../domain/codec.ts';
import { isSeal, sealIn } from '../../domain/seal.ts';
import { THE_SEALS } from '../../domain/streams.ts';
import { showsSecret } from '../../domain/withoutSecrets.ts';
import { isLastPage } from '../../store/ports.ts';
import { limit, whole } from '../cursors.ts';
import { readingOf } from '../readingOf.ts';
import { inArea, route } from '../route.ts';

const size = whole.pipe(z.int().min(1));

export const sealRoutes = inArea('audit', [
  route({
    name: 'listSealKeys',
    method: 'GET',
    path: '/v1/audit/keys',
    summary: 'Get the keys that sign',
    description:
      'Public keys: with them, everybody can check a seal, the manifest of an export, or a certificate of an erasure.',
    access: 'public',
    answers: { 200: SealKeys },
    handle: async ({ services: { queries } }) => {
      const keys = await queries.sealKeys();
      return { body: { items: keys.map(({ id, x, at }) => ({ kid: id, ...jwkOf(x), since: at })) } };
    },
  }),
  route({
    name: 'listSeals',
    method: 'GET',
    path: '/v1/audit/seals',
    summary: 'List the seals of the log',
    description: 'The oldest first; a page may hold fewer than `limit`, and `next` says whether it was the last.',
    access: 'audit',
    scope: 'audit',
    query: z.strictObject({ from: whole.optional().describe('The `next` of the page before.'), limit }),
    answers: { 200: SealPage },
    readsViews: false,
    handle: async ({ services: { events }, query: { from = 0, limit } }) => {
      const found = await events.recorded.readStream(THE_SEALS, { from, limit });
      const items = found.map(decode).filter(isSeal).map(sealIn);
      return { body: { items, next: isLastPage(found, limit) ? null : found.at(-1)!.revision + 1 } };
    },
  }),
  route({
    name: 'sealLog',
    method: 'POST',
    path: '/v1/audit/seals',
    summary: 'Seal the log now',
    description: 'If nothing was recorded since the last seal, that one is the answer.',
    access: 'audit',
    scope: 'audit',
    answers: { 200: Seal },
    handle: async ({ services: { core }, origin: { actorId, correlationId } }) => ({
      body: await core.sealLog({ actorId, correlationId }),
    }),
  }),
  route({
    name: 'proveConsistency',
    method: 'GET',
    path: '/v1/audit/consistency',
    summary: 'Prove that a later seal covers what an earlier one covered',
    access: 'audit',
    scope: 'audit',
    query: z.strictObject({
      first: size.describe('The `size` of the earlier seal.'),
      second: size.describe('The `size` of the later one.'),
    }),
    answers: { 200: ConsistencyProof },
    hasPast: false,
    handle: async ({ services: { core }, query: { first, second } }) => {
      const seal = await core.proofs.sealed();
      if (second > (seal?.data.size ?? 0)) throw malformed('second', 'No seal covers so many events.');
      if (first > second) throw malformed('first', 'Not the earlier one.');
      return { body: { first, second, path: await core.proofs.ofConsistency(first, second) } };
    },
  }),
  route({
    name: 'proveEvent',
    method: 'GET',
    path: '/v1/audit/proof/:eventId',
    summary: 'Prove that the log has an event',
    description:
      'By the last seal. `docs/proofs.md` tells how to check it. `not-found`: there is no such event at the position, or ' +
      'no seal covers it yet: `POST /v1/audit/seals` makes one. What an auditor asks is recorded.',
    access: 'audit',
    scope: 'audit',
    params: z.object({ eventId: id('Of the event.') }),
    query: z.strictObject({
      position: size.optional().meta({
        description: 'Of the event, as the log shows it. Without it, the log is looked through, which takes longer.',
        examples: [1042],
      }),
    }),
    answers: { 200: InclusionProof },
    hasPast: false,
    refuses: ['not-found'],
    handle: async ({ services, ctx, origin, userId, params, query }) => {
      const { core, events } = services;
      const eventId = params.eventId.toLowerCase();
      const find = () => findEvent(events.recorded, readingOf(services, ctx).page, ({ id }) => id === eventId);
      const at = query.position ?? (await find())?.position;
      const proof = at === undefined ? undefined : await core.proofs.ofEvent(eventId, at);
      await core.noteLogRead(origin, userId, { stream: proof?.event.stream });
      if (proof === undefined) throw new HttpFailure('not-found');
      const { event, content, hash, index, path, seal } = proof;
      const { id, type, stream, revision, position } = event;
      const shown = showsSecret(event.data) ? null : content;
      return {
        body: {
          event: { id, type, stream, revision, position },
          content: shown,
          hash,
          index,
          path,
          seal: sealIn(seal),
        },
      };
    },
  }),
]);
