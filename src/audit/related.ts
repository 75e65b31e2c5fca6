// Why something happened, and what came of it: the events of the same request, of the requests that caused it, and of
// those that it caused.

import type { EventReader, Recorded } from '../store/ports.ts';
import { findEvent, pagesOf, type ReadPage } from './askLog.ts';

export type Relation = 'itself' | 'same-request' | 'cause' | 'consequence';

/** Requests that one answer follows, at most. */
const REQUESTS = 1000;
/** Causes of causes, at most. */
const DEPTH = 50;

/** A JSON text: the rest of the metadata need not be parsed. */
const correlationIn = ({ meta }: Recorded): string => /"correlationId":("(?:[^"\\]|\\.)*")/.exec(meta)?.[1] ?? '';

type Reader = Pick<EventReader, 'readLog' | 'readStream'>;

const causeOf = async ({ readStream }: Reader, { meta }: Recorded): Promise<Recorded | undefined> => {
  if (!meta.includes('"causedBy":{')) return undefined;
  const { causedBy } = JSON.parse(meta) as {
    readonly causedBy: { readonly stream: string; readonly revision: number };
  };
  return (await readStream(causedBy.stream, { from: causedBy.revision, limit: 1 }))[0];
};

export interface Related {
  readonly event: Recorded;
  readonly relation: Relation;
}

/** The event at `position` and all that is related to it, in the order of the log. Nothing if no event lies there. */
export async function* relatedTo(
  log: Reader,
  position: number,
  readPage: ReadPage,
): AsyncGenerator<readonly Related[]> {
  const asked = await findEvent(log, readPage, (event) => event.position === position, position);
  if (asked === undefined) return;
  const relations = new Map<string, Relation>([[correlationIn(asked), 'same-request']]);
  let cause = await causeOf(log, asked);
  for (let depth = 0; cause !== undefined && depth < DEPTH; depth++) {
    if (!relations.has(correlationIn(cause))) relations.set(correlationIn(cause), 'cause');
    cause = await causeOf(log, cause);
  }

  const relationOf = async (event: Recorded): Promise<Relation | undefined> => {
    if (event.position === position) return 'itself';
    const correlation = correlationIn(event);
    const known = relations.get(correlation);
    if (known !== undefined) return known;
    const cause = await causeOf(log, event);
    const before = cause && relations.get(correlationIn(cause));
    // What else the cause led to came not of this event.
    if (before === undefined || before === 'cause') return undefined;
    if (relations.size < REQUESTS) relations.set(correlation, 'consequence');
    return 'consequence';
  };

  for await (const page of pagesOf(log, { after: 0 }, readPage)) {
    const found: Related[] = [];
    for (const event of page) {
      const relation = await relationOf(event);
      if (relation !== undefined) found.push({ event, relation });
    }
    yield found;
  }
}
