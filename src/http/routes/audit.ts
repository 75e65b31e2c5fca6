// The log, for auditors: every event with its envelope and the names of then, and what events came from and led to. What
// auditors ask is recorded before they get an answer.

import { z } from 'zod';
import { ID } from '../../api/answerFields.ts';
import { AuditedEvent, RelatedEvent } from '../../api/auditedEvents.ts';
import { malformed, unknownPosition } from '../../api/failures.ts';
import { AuditedEventPage } from '../../api/pages.ts';
import { createNamesThen } from '../../audit/namesThen.ts';
import { presentEvents } from '../../audit/presentEvents.ts';
import { type EventType, schemas } from '../../domain/events.ts';
import { categories, streams } from '../../domain/streams.ts';
import { isLastPage } from '../../store/ports.ts';
import { limit, time, whole } from '../cursors.ts';
import { ndjson } from '../ndjson.ts';
import { inArea, route } from '../route.ts';
import { auditedLines, relatedLines } from './auditedLines.ts';

const eventTypes = Object.keys(schemas) as [EventType, ...EventType[]];
const stream = z
  .string()
  .min(1)
  .max(300)
  .meta({
    description: 'The name of a stream.',
    examples: [streams.conversation(ID)],
  });
const anId = z.guid().toLowerCase();
const isSwitch = z.enum(['true', 'false']).transform((text) => text === 'true');

const eachLine = (line: z.ZodType) => ({
  description: 'One event a line, in the order of the log.',
  mediaType: 'application/x-ndjson',
  line,
});

export const auditRoutes = inArea('audit', [
  route({
    name: 'readLog',
    method: 'GET',
    path: '/v1/audit/events',
    summary: 'Read the log',
    description:
      'From the first event to the last at present, or with `follow` on and on. To go on, repeat the question with the last ' +
      '`position` as `after`. One at a time for each auditor: further ones wait their turn. What an auditor asks is recorded.',
    access: 'audit',
    scope: 'audit',
    query: z.strictObject({
      after: whole.optional().describe('A `position`: the events after it. Default: from the first on.'),
      upTo: whole.optional().describe('A `position`: the events up to it.'),
      from: time.optional().describe('Events recorded then or later.'),
      to: time.optional().describe('Events recorded before then.'),
      stream: stream.optional(),
      category: z.enum(categories).optional().describe('Events of this kind of stream.'),
      type: z.enum(eventTypes).optional().describe('Events of this type alone.'),
      actor: anId.optional().describe('What this account did.'),
      subject: anId
        .optional()
        .describe('Events that name this user, conversation, message, file or session, in any role.'),
      correlation: z.string().min(1).max(300).optional().describe('A `correlationId`: the events of one request.'),
      follow: isSwitch
        .optional()
        .describe(
          'Goes on with each event as it is recorded, until you close the connection or the server stops. An empty line says ' +
            'that the past ends here, and then now and then that the connection lives.',
        ),
      limit: whole.pipe(z.int().min(1)).optional().meta({
        type: 'integer',
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Events at most. Default: all.',
      }),
    }),
    answers: { 200: eachLine(AuditedEvent) },
    refuses: ['position-unknown'],
    readsViews: false,
    handle: async ({ services, ctx, identity, origin, query: { limit, follow = false, ...wanted } }) => {
      const question = { ...wanted, after: wanted.after ?? 0 };
      if (follow && (question.upTo ?? question.to) !== undefined)
        throw malformed('follow', 'An answer with an end, `upTo` or `to`, cannot follow the log.');
      if (!(await services.logIdentity.isPosition(question.after))) throw unknownPosition('after');
      return ndjson(await auditedLines({ services, ctx, identity, origin }, { question, limit, follow }));
    },
  }),
  route({
    name: 'readRelated',
    method: 'GET',
    path: '/v1/audit/events/:position/related',
    summary: 'See why something happened, and what came of it',
    description:
      'The event at the position, the others of the same request, those of the requests that led to it, and those that it led ' +
      'to. What an auditor asks is recorded.',
    access: 'audit',
    scope: 'audit',
    params: z.object({ position: whole.describe('Of an event.') }),
    answers: { 200: eachLine(RelatedEvent) },
    refuses: ['position-unknown'],
    readsViews: false,
    handle: async ({ services, ctx, identity, origin, params: { position } }) => {
      if (position === 0 || !(await services.logIdentity.isPosition(position))) throw unknownPosition('position');
      return ndjson(await relatedLines({ services, ctx, identity, origin }, position));
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
      await core.noteLogRead(origin, userId, { stream });
      const found = await events.recorded.readStream(stream, { from, limit });
      const next = isLastPage(found, limit) ? null : found.at(-1)!.revision + 1;
      return { body: { items: await presentEvents(events, createNamesThen(events), found), next } };
    },
  }),
]);
