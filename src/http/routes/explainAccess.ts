// Who could do what, for auditors.

import { z } from 'zod';
import { AccessExplanation } from '../../api/auditedEvents.ts';
import { malformed } from '../../api/failures.ts';
import { explainAccess } from '../../audit/explainAccess.ts';
import { createNamesThen } from '../../audit/namesThen.ts';
import { presentEvents } from '../../audit/presentEvents.ts';
import { explainable } from '../../domain/access.ts';
import { Refused } from '../../domain/refused.ts';
import { streams } from '../../domain/streams.ts';
import type { Services } from '../../services.ts';
import { mustBePosition } from '../asOf.ts';
import { moment } from '../cursors.ts';
import { readingOf } from '../readingOf.ts';
import { inArea, route } from '../route.ts';

const anId = z.guid().toLowerCase();

/** @throws Refused */
const mustExist = async (
  { events }: Services,
  stream: string,
  code: 'user-unknown' | 'conversation-unknown',
  field: string,
): Promise<void> => {
  const [first] = await events.recorded.readStream(stream, { limit: 1 });
  if (first === undefined) throw new Refused(code, field);
};

const actions = [...explainable.conversation, ...explainable.server, 'manage'] as const;

export const explainRoutes = inArea('audit', [
  route({
    name: 'explainAccess',
    method: 'GET',
    path: '/v1/audit/explain',
    summary: 'Explain who could do what',
    description:
      'Whether an account could do something, now or at an earlier moment, by which rule, and which events granted it. What an ' +
      'auditor asks is recorded.',
    access: 'audit',
    scope: 'audit',
    query: z.strictObject({
      user: anId.describe('The account.'),
      conversation: anId.optional().describe('Where; for actions in a conversation.'),
      action: z.enum(actions).describe('What it wanted to do. `manage` is the same as `describe`.'),
      asOf: moment.optional().meta({
        description: 'A position or a time: the answer as it was then. Default: now.',
        examples: ['1042'],
      }),
    }),
    answers: { 200: AccessExplanation },
    refuses: ['user-unknown', 'conversation-unknown', 'position-unknown'],
    readsViews: false,
    handle: async ({ services, ctx, userId, origin, query: { user, conversation, action: asked, asOf } }) => {
      const action = asked === 'manage' ? 'describe' : asked;
      const isOfServer = (explainable.server as readonly string[]).includes(action);
      if (isOfServer === (conversation !== undefined))
        throw malformed('conversation', isOfServer ? 'The action concerns no conversation.' : 'Say where.');
      if (typeof asOf === 'number') await mustBePosition(services, asOf);
      const about = { action, conversation, asOf };
      await services.core.noteLogRead(origin, userId, { stream: streams.user(user), asked: about });
      const { events } = services;
      await mustExist(services, streams.user(user), 'user-unknown', 'user');
      if (conversation !== undefined)
        await mustExist(services, streams.conversation(conversation), 'conversation-unknown', 'conversation');
      const where = { userId: user, conversationId: conversation ?? null };
      const explained = await explainAccess(events, { ...where, action, asOf }, readingOf(services, ctx).page);
      const recorded = await Promise.all(
        explained.events.map(async ({ stream, revision }) => {
          const [event] = await events.recorded.readStream(stream, { from: revision, limit: 1 });
          return event!;
        }),
      );
      const { refusal = null, rule, grounds } = explained;
      const shown = await presentEvents(events, createNamesThen(events), recorded);
      return { body: { allowed: refusal === null, refusal, rule, grounds, events: shown } };
    },
  }),
]);
