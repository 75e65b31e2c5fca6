// Records what an auditor asks of the log, before the answer: nobody reads the log unseen.

import { LRUCache } from 'lru-cache';
import type { DataOf } from '../domain/events.ts';
import { isOurStream, streams } from '../domain/streams.ts';
import type { Origin } from './context.ts';
import type { MessageLane } from './messageLane.ts';

type Asked = NonNullable<DataOf<'LogRead'>['asked']>;

/** `stream`, `type`: undefined: all. `after`: a position. Of `asked`, what is undefined was not asked. */
export interface NotedQuestion {
  readonly stream?: string | undefined;
  readonly type?: string | undefined;
  readonly after?: number;
  readonly asked?: { readonly [Part in keyof Asked]: Asked[Part] | undefined };
}

const HOUR = 3_600_000;
/** Questions that are remembered, the latest: a question that is forgotten is recorded again. */
const QUESTIONS = 5000;
const audit = { stream: streams.audit };

/** A stream as events may name it: what an auditor types is no fact. */
const known = (stream: string): string => (isOurStream(stream) && /^[\w-]{1,200}$/.test(stream) ? stream : 'other');
/** The same of what names a request, an import or a process. */
const knownCorrelation = (id: string): string => (/^[\w .:~/-]{1,200}$/.test(id) ? id : 'other');

const askedIn = ({ correlation, ...asked }: NonNullable<NotedQuestion['asked']> = {}): { readonly asked?: Asked } => {
  const parts = { ...asked, correlation: correlation === undefined ? undefined : knownCorrelation(correlation) };
  const given = Object.entries(parts).filter(([, part]) => part !== undefined);
  return given.length === 0 ? {} : { asked: Object.fromEntries(given) };
};

export type NoteLogRead = ReturnType<typeof createNoteLogRead>;

/**
 * One event for a question and an hour. Who goes on with it, further in the log, asks nothing new: so following the log, with
 * this event in it, comes to an end.
 * @returns a function that throws Unavailable: what cannot be recorded cannot be read
 */
export const createNoteLogRead = (messages: MessageLane, now: () => Date) => {
  const asked = new LRUCache<string, Pick<DataOf<'LogRead'>, 'after' | 'until'>>({
    maxSize: QUESTIONS,
    sizeCalculation: () => 1,
  });
  return async ({ correlationId }: Origin, readerId: string, question: NotedQuestion): Promise<void> => {
    const { after = 0 } = question;
    const [stream, type] = [question.stream === undefined ? null : known(question.stream), question.type ?? null];
    const key = JSON.stringify([readerId, question.stream, type, question.asked]);
    const at = now();
    const earlier = asked.get(key);
    if (earlier !== undefined && earlier.after <= after && at.toISOString() < earlier.until) return;
    const until = new Date(at.getTime() + HOUR).toISOString();
    const data = { readerId, stream, type, after, until, ...askedIn(question.asked) };
    await messages.append(audit, readerId, { actorId: readerId, correlationId }, () => [{ type: 'LogRead', data }]);
    asked.set(key, { after, until });
  };
};
