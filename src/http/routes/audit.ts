// The log, for auditors: every event as recorded, without secrets.

import { z } from 'zod';
import { ID } from '../../api/answerFields.ts';
import { unknownPosition } from '../../api/failures.ts';
import { AuditedEventPage } from '../../api/pages.ts';
import { AuditedEvent } from '../../api/reports.ts';
import type { Identity } from '../../commands/authenticate.ts';
import { check } from '../../domain/access.ts';
import { readerOf, server } from '../../domain/accessFacts.ts';
import { decode, knownOf, mustBeKnown } from '../../domain/codec.ts';
import { type Event, type EventType, schemas } from '../../domain/events.ts';
import { Refused } from '../../domain/refused.ts';
import { streams } from '../../domain/streams.ts';
import { accountOf, users } from '../../domain/user.ts';
import { withoutSecrets } from '../../domain/withoutSecrets.ts';
import type { Services } from '../../services.ts';
import { isLastPage, type Recorded } from '../../store/ports.ts';
import { limit, whole } from '../cursors.ts';
import { ndjson } from '../ndjson.ts';
import { type Reading, readingOf } from '../reading.ts';
import { inArea, route } from '../route.ts';

const PAGE = 500;

const eventTypes = Object.keys(schemas) as [EventType, ...EventType[]];
const stream = z
  .string()
  .min(1)
  .max(300)
  .meta({
    description: 'The name of a stream.',
    examples: [streams.conversation(ID)],
  });

const presentEvent = (recorded: Recorded) => {
  const { id, type, stream, revision, position, at, meta, data } = withoutSecrets(decode(recorded)) as Event;
  return { id, type, stream, revision, position, at, meta, data };
};

interface Wanted {
  readonly after: number;
  readonly stream: string | undefined;
  readonly type: string | undefined;
  readonly limit: number | undefined;
}

/** Recorded events in pages: of the whole log, or of one stream. */
async function* pagesOf({ events }: Services, reading: Reading, { after, stream }: Wanted) {
  for (let position = after, revision = 0; ; ) {
    const page = await reading.page(() =>
      stream === undefined
        ? events.readLog(position, PAGE)
        : events.readStream(stream, { from: revision, limit: PAGE }),
    );
    yield page;
    if (isLastPage(page, PAGE)) return;
    position = page.at(-1)!.position;
    revision = page.at(-1)!.revision + 1;
  }
}

/** @throws Refused `signed-out`, `not-permitted` */
const mustStillAudit = async ({ authenticator, core }: Services, identity: Identity): Promise<void> => {
  if (!(await authenticator.isGood(identity))) throw new Refused('signed-out');
  check(readerOf(accountOf(await core.ledger.load(users, identity.user.userId))), 'audit', server);
};

/** One line an event. Breaks off when the auditor's credential or role ends: an answer that ends well is whole. */
async function* linesOf(services: Services, reading: Reading, identity: Identity, wanted: Wanted) {
  const { after, type } = wanted;
  let left = wanted.limit ?? Number.POSITIVE_INFINITY;
  for await (const page of pagesOf(services, reading, wanted)) {
    await mustStillAudit(services, identity);
    const fitting = page.filter((event) => event.position > after && (type === undefined || event.type === type));
    const next = fitting.slice(0, left);
    const known = knownOf(next);
    left -= known.length;
    if (known.length > 0) yield known.map((recorded) => `${JSON.stringify(presentEvent(recorded))}\n`).join('');
    if (known.length < next.length) mustBeKnown(next[known.length]!);
    if (left === 0) return;
  }
}

export const auditRoutes = inArea('audit', [
  route({
    name: 'readLog',
    method: 'GET',
    path: '/v1/audit/events',
    summary: 'Read the log',
    description:
      'From the first event to the last at present. To go on, give the last `position` as `after`. One at a time for each ' +
      'auditor: further ones wait their turn. What an auditor asks is recorded.',
    access: 'audit',
    scope: 'audit',
    query: z.strictObject({
      after: whole.optional().describe('A `position`: the events after it. Default: from the first on.'),
      stream: stream.optional(),
      type: z.enum(eventTypes).optional().describe('Events of this type alone.'),
      limit: whole.pipe(z.int().min(1)).optional().meta({
        type: 'integer',
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Events at most. Default: all.',
      }),
    }),
    answers: {
      200: {
        description: 'One event a line, in the order of the log.',
        mediaType: 'application/x-ndjson',
        line: AuditedEvent,
      },
    },
    refuses: ['position-unknown'],
    readsViews: false,
    handle: async ({ services, ctx, identity, origin, query: { after = 0, stream, type, limit } }) => {
      if (!(await services.logIdentity.isPosition(after))) throw unknownPosition('after');
      await services.core.noteLogRead(origin, identity.user.userId, { stream, type, after });
      const reading = readingOf(services, ctx);
      await reading.turn();
      return ndjson(linesOf(services, reading, identity, { after, stream, type, limit }));
    },
  }),
  route({
    name: 'readStream',
    method: 'GET',
    path: '/v1/audit/streams/:stream',
    summary: 'Read one stream',
    description:
      'For instance `conversation-<id>`, a page at a time; `next` goes as `from`. What an auditor asks is recorded.',
    access: 'audit',
    scope: 'audit',
    params: z.object({ stream }),
    query: z.strictObject({ from: whole.optional().describe('A place in the stream, from 0.'), limit }),
    answers: { 200: AuditedEventPage },
    readsViews: false,
    handle: async ({ services: { core, events }, userId, origin, params: { stream }, query: { from = 0, limit } }) => {
      await core.noteLogRead(origin, userId, { stream, type: undefined, after: 0 });
      const found = await events.readStream(stream, { from, limit });
      const next = isLastPage(found, limit) ? null : found.at(-1)!.revision + 1;
      return { body: { items: found.map(presentEvent), next } };
    },
  }),
]);
