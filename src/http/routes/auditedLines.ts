// The lines that auditors are sent: page by page, each checked and recorded before it leaves.

import { askLog, type Found } from '../../audit/askLog.ts';
import { createNamesThen } from '../../audit/namesThen.ts';
import { presentEvents } from '../../audit/presentEvents.ts';
import type { Question } from '../../audit/question.ts';
import { relatedTo } from '../../audit/related.ts';
import type { Identity } from '../../commands/authenticate.ts';
import type { Origin } from '../../commands/context.ts';
import type { NotedQuestion } from '../../commands/noteLogRead.ts';
import { withoutErased } from '../../commands/withoutErased.ts';
import { check } from '../../domain/access.ts';
import { readerOf, server } from '../../domain/accessFacts.ts';
import { knownOf, mustBeKnown } from '../../domain/codec.ts';
import { Refused } from '../../domain/refused.ts';
import { accountOf, users } from '../../domain/user.ts';
import type { Services } from '../../services.ts';
import type { Context } from '../context.ts';
import type { Reading } from '../reading.ts';
import { readingOf } from '../readingOf.ts';
import { withPulse } from '../withPulse.ts';

/** Milliseconds after which an empty line says that the connection lives: proxies close those that are silent for a minute. */
const PULSE = 20_000;

/** Who asks. */
interface Asking {
  readonly services: Services;
  readonly ctx: Context;
  readonly identity: Identity;
  readonly origin: Origin;
}

/** @throws Refused `signed-out`, `not-permitted` */
const mustStillAudit = async ({ services: { authenticator, core }, identity }: Asking): Promise<void> => {
  if (!(await authenticator.isGood(identity))) throw new Refused('signed-out');
  check(readerOf(accountOf(await core.ledger.load(users, identity.user.userId))), 'audit', server);
};

const asText = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

interface Wanted {
  readonly question: Question;
  /** Events at most. */
  readonly limit: number | undefined;
  readonly follow: boolean;
}

const notedOf = ({ question, follow }: Wanted, after: number): NotedQuestion => {
  const { stream, type, after: _, ...asked } = question;
  return { stream, type, after, asked: { ...asked, ...(follow && { follow }) } };
};

/** One line an event. Breaks off when the auditor's credential or role ends: an answer that ends well is whole. */
async function* linesOf(asking: Asking, reading: Reading, wanted: Wanted) {
  const { question, limit, follow } = wanted;
  const { services, identity, origin } = asking;
  const { events, ending, core } = services;
  const { userId } = identity.user;
  const names = createNamesThen(events);
  const over = AbortSignal.any([reading.over, ending]);
  const live = follow ? (position: number) => events.recorded.follow(position, over) : undefined;

  /** A page that gives nothing is checked too if it may be about the auditor's own rights. */
  const isChecked = ({ fitting, page, isLive }: Found): boolean =>
    !isLive || fitting.length > 0 || page.some(({ data }) => data.includes(userId));

  let left = limit ?? Number.POSITIVE_INFINITY;
  let [reached, isLive] = [question.after, false];
  for await (const found of withPulse(askLog(events, question, reading.page, live), PULSE)) {
    if (found === undefined) {
      if (isLive) yield '\n';
      continue;
    }
    if (found.isLive && !isLive) {
      isLive = true;
      reading.rest();
      yield '\n';
    }
    if (isChecked(found)) await mustStillAudit(asking);
    const next = found.fitting.slice(0, left);
    const known = knownOf(next);
    left -= known.length;
    if (known.length > 0) {
      // Who goes on for more than an hour asks again.
      await core.noteLogRead(origin, userId, notedOf(wanted, reached));
      yield asText(await withoutErased(events, () => presentEvents(events, names, known)));
    }
    reached = found.page.at(-1)?.position ?? reached;
    if (known.length < next.length) mustBeKnown(next[known.length]!);
    if (left === 0) return;
  }
}

/** @throws Busy when the turn does not come */
export const auditedLines = async (asking: Asking, wanted: Wanted): Promise<AsyncGenerator<string>> => {
  const { services, ctx, identity, origin } = asking;
  await services.core.noteLogRead(origin, identity.user.userId, notedOf(wanted, wanted.question.after));
  const reading = readingOf(services, ctx);
  if (wanted.follow) {
    const end = await services.followers.take(identity.user.userId, reading.over);
    if (reading.over.aborted) end();
    else reading.over.addEventListener('abort', end, { once: true });
  }
  await reading.turn();
  return linesOf(asking, reading, wanted);
};

export const relatedLines = async (asking: Asking, position: number): Promise<AsyncGenerator<string>> => {
  const { services, ctx, identity, origin } = asking;
  const { events, core } = services;
  await core.noteLogRead(origin, identity.user.userId, { asked: { related: position } });
  const reading = readingOf(services, ctx);
  await reading.turn();
  const names = createNamesThen(events);
  return (async function* () {
    for await (const found of relatedTo(events.recorded, position, reading.page)) {
      await mustStillAudit(asking);
      const recorded = found.map(({ event }) => event);
      const presented = await withoutErased(events, () => presentEvents(events, names, recorded));
      if (presented.length > 0) yield asText(presented.map((event, i) => ({ ...event, relation: found[i]!.relation })));
    }
  })();
};
