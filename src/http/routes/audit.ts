// The log, for auditors: every event as it was recorded, without what would help a thief.

import { Readable } from 'node:stream';
import { z } from 'zod';
import { AuditedEvent } from '../../api/answers.ts';
import type { Identity } from '../../commands/authenticate.ts';
import { decode, knownOf, mustBeKnown } from '../../domain/codec.ts';
import { type Event, type EventType, schemas } from '../../domain/events.ts';
import { Refused } from '../../domain/refused.ts';
import { withoutSecrets } from '../../domain/withoutSecrets.ts';
import type { Services } from '../../services.ts';
import { isLastPage, type Recorded } from '../../store/ports.ts';
import { limit, whole } from '../cursors.ts';
import { type Reading, readingOf } from '../reading.ts';
import { inArea, route } from '../route.ts';

const PAGE = 500;

const eventTypes = Object.keys(schemas) as [EventType, ...EventType[]];
const stream = z.string().min(1).max(300);

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
async function* pagesOf(
  { events }: Services,
  reading: Reading,
  { after, stream }: Wanted,
): AsyncGenerator<readonly Recorded[]> {
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

/**
 * One line an event, read as fast as the client reads. Breaks off when the auditor's credential or role ends: what ends
 * well is whole.
 */
async function* linesOf(
  services: Services,
  reading: Reading,
  identity: Identity,
  wanted: Wanted,
): AsyncGenerator<string> {
  let left = wanted.limit ?? Number.POSITIVE_INFINITY;
  for await (const page of pagesOf(services, reading, wanted)) {
    if (!(await services.authenticator.isGood(identity))) throw new Refused('signed-out');
    const fitting = page.filter(
      ({ position, type }) => position > wanted.after && (wanted.type === undefined || type === wanted.type),
    );
    const asked = fitting.slice(0, left);
    const known = knownOf(asked);
    left -= known.length;
    if (known.length > 0) yield known.map((recorded) => `${JSON.stringify(presentEvent(recorded))}\n`).join('');
    if (known.length < asked.length) mustBeKnown(asked[known.length]!);
    if (left === 0) return;
  }
}

/** What cannot be read from its first line on is refused in words; what cannot later breaks the answer off. */
const begun = async (lines: AsyncGenerator<string>): Promise<AsyncGenerator<string>> => {
  const first = await lines.next();
  return (async function* () {
    if (first.done) return;
    yield first.value;
    yield* lines;
  })();
};

const lines = async (services: Services, reading: Reading, identity: Identity, wanted: Wanted) => ({
  headers: { 'Content-Type': 'application/x-ndjson; charset=utf-8' },
  content: Readable.from(await begun(linesOf(services, reading, identity, wanted)), {
    objectMode: true,
    highWaterMark: 1,
  }),
});

const LINES = 'One JSON event a line (`application/x-ndjson`), in the order of the log.';

export const auditRoutes = inArea('audit', [
  route({
    method: 'GET',
    path: '/v1/audit/events',
    summary: 'Read the log',
    description:
      'From the first event to the last at present. To go on, give the last `position` as `after`. One at a time for each ' +
      'auditor: further ones wait their turn.',
    access: 'audit',
    query: z.strictObject({
      after: whole.optional(),
      stream: stream.optional(),
      type: z.enum(eventTypes).optional(),
      limit: whole.pipe(z.int().min(1)).optional(),
    }),
    answers: { 200: LINES },
    handle: async ({ services, ctx, identity, query: { after = 0, stream, type, limit } }) => {
      const reading = readingOf(services, ctx);
      await reading.turn();
      return lines(services, reading, identity, { after, stream, type, limit });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/audit/streams/:stream',
    summary: 'Read one stream',
    description: 'For instance `conversation-<id>`, a page at a time; `next` goes as `from`.',
    access: 'audit',
    params: z.object({ stream }),
    query: z.strictObject({ from: whole.optional(), limit }),
    answers: { 200: z.strictObject({ items: z.array(AuditedEvent), next: z.int().nullable() }) },
    handle: async ({ services: { events }, params: { stream }, query: { from = 0, limit } }) => {
      const found = await events.readStream(stream, { from, limit });
      const next = isLastPage(found, limit) ? null : found.at(-1)!.revision + 1;
      return { body: { items: found.map(presentEvent), next } };
    },
  }),
]);
