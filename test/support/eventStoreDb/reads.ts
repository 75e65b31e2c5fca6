// The reads of a node, and where a subscription begins.

import { status } from '@grpc/grpc-js';
import type { NodeEvent } from './nodeEvent.ts';
import type { NodeLog } from './nodeLog.ts';
import { countAt } from './places.ts';
import { type Reader, type Subscribed, send } from './subscription.ts';
import { eventAnswer, failure, type ReadReq, streamNotFound } from './wire.ts';

const PAGE = 500;
/** What a node says to a read and to a subscription from a number that is no position. */
const NO_POSITION = 'Unexpected ReadAllResult: Error';
const NO_BEGINNING = 'Exception was thrown by handler.';

export const serveStream = async (
  call: Reader,
  options: ReadReq.Options,
  stream: string,
  log: NodeLog,
): Promise<void> => {
  const backwards = options.getReadDirection() === 1;
  const asked = options.getStream();
  let from = asked?.hasRevision() ? Number(asked.getRevision()) : asked?.hasEnd() ? 'end' : 'start';
  for (let left = Number(options.getCount()); left > 0 && !call.cancelled; ) {
    const page = await log.readStream(stream, {
      from: from as number | 'start' | 'end',
      backwards,
      limit: Math.min(left, PAGE),
    });
    if (page === undefined) return send(call, streamNotFound(stream));
    for (const event of page) await send(call, eventAnswer(event));
    const last = page.at(-1)?.revision;
    if (last === undefined || (backwards && last === 0)) return;
    from = backwards ? last - 1 : last + 1;
    left -= page.length;
  }
};

/**
 * Which event of the log a read or a subscription begins at, by its number; 0: at the first, Infinity: beyond the last.
 * @throws Error of the call: nothing lies at the position.
 */
const countIn = async (all: ReadReq.Options.AllOptions, reason: string, log: NodeLog): Promise<number> => {
  const count = countAt(Number(all.getPosition()?.getCommitPosition() ?? 0));
  if (count > (await log.head())) return Infinity;
  if (!Number.isInteger(count)) throw failure(status.UNKNOWN, reason);
  return count;
};

export const serveLog = async (
  call: Reader,
  options: ReadReq.Options,
  all: ReadReq.Options.AllOptions,
  log: NodeLog,
): Promise<void> => {
  const backwards = options.getReadDirection() === 1;
  const end = all.hasEnd();
  let from = end ? await log.head() : await countIn(all, NO_POSITION, log);
  if (backwards && from === Infinity) throw failure(status.UNKNOWN, NO_POSITION);
  if (!backwards && (end || from === Infinity)) return;
  for (let left = Number(options.getCount()); left > 0 && !call.cancelled; ) {
    const limit = Math.min(left, PAGE);
    // Forwards a position is included, as backwards.
    const page = await (backwards ? log.readBackwards(from, limit) : log.readForwards(from - 1, limit));
    for (const event of page) await send(call, eventAnswer(event));
    const last = page.at(-1)?.position;
    if (last === undefined) return;
    from = backwards ? last - 1 : last + 1;
    left -= page.length;
  }
};

export const subscribedTo = async (options: ReadReq.Options, stream: string, log: NodeLog): Promise<Subscribed> => {
  const all = options.getAll();
  if (all) {
    const head = await log.head();
    const position = all.hasEnd() ? head : Math.min(await countIn(all, NO_BEGINNING, log), head);
    const filter = options.getFilter();
    const every = (filter?.getMax() || 32) * (filter?.getCheckpointintervalmultiplier() || 1);
    return { position, wants: filterOf(filter), checkpointEvery: filter ? every : Infinity };
  }
  const asked = options.getStream();
  const last = (await log.readStream(stream, { from: 'end', backwards: true, limit: 1 }))?.[0];
  if (asked?.hasEnd())
    return { position: await log.head(), wants: (event) => event.stream === stream, checkpointEvery: Infinity };
  const after = asked?.hasRevision() ? Number(asked.getRevision()) : -1;
  const position = await positionAfter(log, stream, after, last?.revision ?? -1);
  return {
    position,
    wants: (event) => event.stream === stream && event.revision > after,
    checkpointEvery: Infinity,
  };
};

/** A position of the log before every event of the stream that follows revision `after`. */
const positionAfter = async (log: NodeLog, stream: string, after: number, last: number): Promise<number> => {
  if (after >= last) return log.head();
  const [next] = (await log.readStream(stream, { from: after + 1, backwards: false, limit: 1 })) ?? [];
  return next ? next.position - 1 : log.head();
};

const filterOf = (filter: ReadReq.Options.FilterOptions | undefined): ((event: NodeEvent) => boolean) => {
  if (!filter) return () => true;
  const byType = filter.getEventType();
  const expression = byType ?? filter.getStreamIdentifier();
  const prefixes = expression?.getPrefixList() ?? [];
  const regex = expression?.getRegex() ? new RegExp(expression.getRegex()) : undefined;
  return (event) => {
    const name = byType ? event.type : event.stream;
    return regex ? regex.test(name) : prefixes.some((prefix) => name.startsWith(prefix));
  };
};
