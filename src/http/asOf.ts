// Reads of the past: `asOf` in a query names a position of the log, or a time.

import { z } from 'zod';
import { HttpFailure, malformed, unknownPosition } from '../api/failures.ts';
import type { Identity } from '../commands/authenticate.ts';
import type { Origin } from '../commands/context.ts';
import { may } from '../domain/access.ts';
import { readerOf, server } from '../domain/accessFacts.ts';
import { streams } from '../domain/streams.ts';
import { accountOf } from '../domain/user.ts';
import type { Queries } from '../projections/queries.ts';
import type { Services } from '../services.ts';
import type { Context } from './context.ts';
import { readingOf } from './readingOf.ts';

const position = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number)
  .pipe(z.int());
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

/** The bot of an auditor reads the log only if its token may. */
const seesAll = ({ user, scopes }: Identity): boolean =>
  may(readerOf(accountOf(user)), 'audit', server) && (scopes === null || scopes.includes('audit'));

/** The stream that a request is about, for the record of what auditors read. Undefined: about many. */
const streamOf = (params: { readonly conversationId?: string; readonly userId?: string; readonly fileId?: string }) => {
  const { conversationId, userId, fileId } = params;
  if (conversationId !== undefined) return streams.conversation(conversationId);
  if (userId !== undefined) return streams.user(userId);
  return fileId === undefined ? undefined : streams.file(fileId);
};

/** @throws HttpFailure `position-unknown` */
export const mustBePosition = async ({ events, logIdentity }: Services, position: number): Promise<void> => {
  if (position > (await events.head()) || !(await logIdentity.isPosition(position))) throw unknownPosition('asOf');
};

/** @throws HttpFailure `malformed-request`, `position-unknown` */
const positionOf = async (services: Services, asked: unknown): Promise<number> => {
  const named = position.safeParse(asked);
  if (!named.success) {
    const at = time.safeParse(asked);
    if (!at.success) throw malformed('asOf', 'Neither a position nor an ISO time with its offset.');
    return services.positionAt(at.data);
  }
  await mustBePosition(services, named.data);
  return named.data;
};

/**
 * The queries on the past that a request asks for, once the views have taken it. Records what auditors ask, who see more of
 * it than others. @throws HttpFailure `malformed-request`, `position-unknown`, `position-not-reached`
 */
export const pastOf = async (
  services: Services,
  ctx: Context,
  asked: unknown,
  { identity, origin, params }: { readonly identity: Identity; readonly origin: Origin; readonly params: object },
): Promise<Queries> => {
  const { core, progress, queriesAt } = services;
  const at = await positionOf(services, asked);
  if (!(await progress.reached(at))) throw new HttpFailure('position-not-reached');
  const viewer = { userId: identity.user.userId, seesAll: seesAll(identity) };
  if (viewer.seesAll)
    await core.noteLogRead(origin, viewer.userId, { stream: streamOf(params), type: undefined, after: 0 });
  ctx.state.position = at;
  return queriesAt(at, viewer, (step) => readingOf(services, ctx).page(step));
};
