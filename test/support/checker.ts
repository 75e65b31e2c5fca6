// The checker of every fault test: clients tell it what they tried and heard, and at the end it compares that with the log.
//
// Each operation puts a **mark**, a text of its own, into the one event it should make (`markOf` finds it there), so that
// nothing has to be believed of ids and keys. One operation may be tried many times.

import type { Recorded } from '../../src/store/ports.ts';

/** What a client knows of an operation. `unknown`: no answer, or one that leaves open whether it was recorded. */
export type Outcome = 'acknowledged' | 'failed' | 'unknown';

export interface Answer {
  /** Of HTTP; for a socket the one that would have said the same. */
  readonly status: number;
  /** What the answer says was made, if it says so: 202 does not. A retry must be told the same. */
  readonly made?: string | undefined;
}

interface Operation {
  readonly mark: string;
  readonly client: string;
  outcome: Outcome;
  made: string | undefined;
}

export interface Heard {
  readonly position: number;
  readonly mark: string;
}

/** One subscriber, over as many sockets as it needs. */
export interface Observer {
  readonly heard: readonly Heard[];
  /** Position to resume from: that of the last frame. */
  readonly last: number;
  hears(heard: Heard): void;
}

/** Nothing but `counts` of 0 in these is a pass. */
const VIOLATIONS = [
  'lost',
  'doubled',
  'aborted',
  'otherAnswers',
  'outOfOrder',
  'streamsBroken',
  'missed',
  'heardTwice',
  'heardOutOfOrder',
  'heardElsewhere',
] as const;
type Violation = (typeof VIOLATIONS)[number];

export interface Findings {
  readonly operations: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly unknown: number;
  /** Of the unknown. */
  readonly unknownRecorded: number;
  readonly heard: number;
  readonly restarts: number;
  /** Milliseconds from the start of a process to its first good answer. */
  readonly recovery: { readonly median: number; readonly most: number } | null;
  /** How often each rule was broken. */
  readonly violations: Readonly<Record<Violation, number>>;
  /** Some of them in words. */
  readonly examples: readonly string[];
}

export interface Checker {
  /** The rules' word for what an answer means; no answer: unknown. */
  outcomeOf(answer: Answer | undefined): Outcome;
  /**
   * Tries an operation once. A rejection of `work` is an answer that never came. `client`: does one operation after
   * the other, so that the log must have them in the order in which they were acknowledged.
   */
  attempt(client: string, mark: string, work: () => Promise<Answer>): Promise<Outcome>;
  /** `hearsFrom`: it is told everything after this position that `entitledTo` lets it hear. */
  observer(name: string, entitledTo?: (event: Recorded) => boolean, hearsFrom?: number): Observer;
  restarted(milliseconds: number): void;
  /** Marks of the operations that were acknowledged. */
  acknowledged(): readonly string[];
  /** `log`: all of it. `toldUpTo`: every observer had time to hear everything up to this position. */
  compare(log: readonly Recorded[], toldUpTo?: number): Findings;
}

/** The mark in an event, if it has one: a text up to its first blank, or the name of a file. */
export const markOf = ({ type, opened }: Recorded): string | undefined => {
  if (type === 'MessageSent') return (JSON.parse(opened!) as { text: string }).text.split(' ')[0];
  if (type === 'FileStored') return (JSON.parse(opened!) as { name: string }).name;
  return undefined;
};

/** Nothing of it is recorded, whatever comes after. Of 409 `conflict` too: it was decided again and again, and lost. */
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && status !== 408;

const outcomeOf = (answer: Answer | undefined): Outcome => {
  if (answer !== undefined && answer.status < 300) return 'acknowledged';
  return answer !== undefined && isRefusal(answer.status) ? 'failed' : 'unknown';
};

interface Listening {
  readonly name: string;
  readonly entitledTo: (event: Recorded) => boolean;
  readonly hearsFrom: number;
  readonly heard: Heard[];
}

export const createChecker = (): Checker => {
  const operations = new Map<string, Operation>();
  const done: Operation[] = [];
  const listening: Listening[] = [];
  const recoveries: number[] = [];
  const otherAnswers: string[] = [];

  const note = (operation: Operation, answer: Answer | undefined): Outcome => {
    const outcome = outcomeOf(answer);
    if (outcome === 'acknowledged') {
      if (operation.outcome !== 'acknowledged') done.push(operation);
      operation.made ??= answer!.made;
      if (answer!.made !== undefined && operation.made !== answer!.made)
        otherAnswers.push(`${operation.mark} made ${operation.made}, then ${answer!.made}`);
      operation.outcome = 'acknowledged';
    } else if (operation.outcome === 'failed' && outcome === 'unknown') operation.outcome = 'unknown';
    return outcome;
  };

  return {
    outcomeOf,
    attempt: async (client, mark, work) => {
      const known = operations.get(mark);
      const operation: Operation = known ?? { mark, client, outcome: 'unknown', made: undefined };
      operations.set(mark, operation);
      const answer = await work().catch(() => undefined);
      // The first try alone can tell that nothing was recorded: a refused retry may follow one that was carried out.
      if (!known && outcomeOf(answer) === 'failed') operation.outcome = 'failed';
      return note(operation, answer);
    },
    observer: (name, entitledTo = () => true, hearsFrom = 0) => {
      const heard: Heard[] = [];
      listening.push({ name, entitledTo, hearsFrom, heard });
      return {
        heard,
        get last() {
          return heard.at(-1)?.position ?? hearsFrom;
        },
        hears: (one) => void heard.push(one),
      };
    },
    restarted: (milliseconds) => void recoveries.push(milliseconds),
    acknowledged: () => done.map(({ mark }) => mark),
    compare: (log, toldUpTo = Number.POSITIVE_INFINITY) => {
      const found: Record<Violation, string[]> = {
        ...recordedWrongly([...operations.values()], done, log),
        ...heardWrongly(listening, log, toldUpTo),
        otherAnswers,
      };
      const marks = new Set(log.map(markOf));
      const all = [...operations.values()];
      const count = (outcome: Outcome): number => all.filter((operation) => operation.outcome === outcome).length;
      const sorted = recoveries.toSorted((a, b) => a - b);
      return {
        operations: all.length,
        acknowledged: count('acknowledged'),
        failed: count('failed'),
        unknown: count('unknown'),
        unknownRecorded: all.filter(({ outcome, mark }) => outcome === 'unknown' && marks.has(mark)).length,
        heard: listening.reduce((sum, { heard }) => sum + heard.length, 0),
        restarts: recoveries.length,
        recovery:
          sorted.length === 0
            ? null
            : { median: Math.round(sorted[sorted.length >> 1]!), most: Math.round(sorted.at(-1)!) },
        violations: Object.fromEntries(VIOLATIONS.map((name) => [name, found[name].length])) as Record<
          Violation,
          number
        >,
        examples: VIOLATIONS.flatMap((name) => found[name].slice(0, 3).map((example) => `${name}: ${example}`)),
      };
    },
  };
};

/** The rules that need nothing but operations and the log. */
const recordedWrongly = (operations: readonly Operation[], done: readonly Operation[], log: readonly Recorded[]) => {
  const positions = new Map<string, number[]>();
  const streams = new Map<string, number>();
  const streamsBroken: string[] = [];
  let before = 0;
  for (const event of log) {
    const { position, stream, revision } = event;
    if (position <= before) streamsBroken.push(`position ${position} comes after ${before}`);
    if (revision !== (streams.get(stream) ?? -1) + 1)
      streamsBroken.push(`${stream} has revision ${revision} too early`);
    before = position;
    streams.set(stream, revision);
    const mark = markOf(event);
    if (mark !== undefined) positions.set(mark, [...(positions.get(mark) ?? []), position]);
  }
  const outOfOrder: string[] = [];
  const lastOf = new Map<string, { mark: string; position: number }>();
  for (const { client, mark } of done) {
    const position = positions.get(mark)?.[0];
    if (position === undefined) continue;
    const last = lastOf.get(client);
    if (last && last.position > position) outOfOrder.push(`${mark} lies before ${last.mark}`);
    lastOf.set(client, { mark, position });
  }
  return {
    lost: operations
      .filter(({ outcome, mark }) => outcome === 'acknowledged' && !positions.has(mark))
      .map(({ mark }) => mark),
    doubled: [...positions].filter(([, at]) => at.length > 1).map(([mark, at]) => `${mark} at ${at.join(' and ')}`),
    aborted: operations
      .filter(({ outcome, mark }) => outcome === 'failed' && positions.has(mark))
      .map(({ mark }) => mark),
    outOfOrder,
    streamsBroken,
  };
};

/** The rules of what was told: each event once, in order, without a gap, and none that is not in the log. */
const heardWrongly = (listening: readonly Listening[], log: readonly Recorded[], toldUpTo: number) => {
  const missed: string[] = [];
  const heardTwice: string[] = [];
  const heardOutOfOrder: string[] = [];
  const heardElsewhere: string[] = [];
  const marked = log.flatMap((event) => {
    const mark = event.type === 'MessageSent' ? markOf(event) : undefined;
    return mark === undefined ? [] : [{ event, mark }];
  });
  const markAt = new Map(marked.map(({ event, mark }) => [event.position, mark]));
  for (const { name, entitledTo, hearsFrom, heard } of listening) {
    const seen = new Set<number>();
    let last = 0;
    for (const { position, mark } of heard) {
      if (seen.has(position)) heardTwice.push(`${name} heard ${mark} at ${position}`);
      else if (position < last) heardOutOfOrder.push(`${name} heard ${mark} at ${position} after ${last}`);
      if (markAt.get(position) !== mark) heardElsewhere.push(`${name} heard ${mark} at ${position}`);
      seen.add(position);
      last = Math.max(last, position);
    }
    for (const { event, mark } of marked) {
      const { position } = event;
      const isDue = position > hearsFrom && position <= toldUpTo;
      if (isDue && entitledTo(event) && !seen.has(position)) missed.push(`${name} missed ${mark} at ${position}`);
    }
  }
  return { missed, heardTwice, heardOutOfOrder, heardElsewhere };
};
