// What somebody asks of the log. Each part is decided by the recorded texts: an event that does not fit is never parsed.

import { timeOf } from '../domain/envelope.ts';
import { isOfCategory } from '../domain/streams.ts';
import type { Recorded } from '../store/ports.ts';

/** Undefined: any. */
export interface Question {
  /** A position: the events after it. */
  readonly after: number;
  /** A position: the events up to it. */
  readonly upTo?: number | undefined;
  /** ISO times in UTC, with milliseconds: recorded then or later, and before then. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly stream?: string | undefined;
  /** The kind of stream. */
  readonly category?: string | undefined;
  readonly type?: string | undefined;
  readonly actor?: string | undefined;
  /** An id of anything that the event names. */
  readonly subject?: string | undefined;
  readonly correlation?: string | undefined;
}

type Fits = (event: Recorded) => boolean;

/** One for each part of a question. Quotes around a text in JSON stand nowhere inside another text. */
const tests: { readonly [Part in keyof Question]-?: (wanted: NonNullable<Question[Part]>) => Fits } = {
  after:
    (after) =>
    ({ position }) =>
      position > after,
  upTo:
    (upTo) =>
    ({ position }) =>
      position <= upTo,
  from: (from) => (event) => timeOf(event) >= from,
  to: (to) => (event) => timeOf(event) < to,
  stream: (wanted) => (event) => event.stream === wanted,
  category: (wanted) => (event) => isOfCategory(event.stream, wanted),
  type: (wanted) => (event) => event.type === wanted,
  actor: (id) => {
    const text = `"actorId":"${id}"`;
    return ({ meta }) => meta.includes(text);
  },
  subject: (id) => {
    const asActor = `"actorId":"${id}"`;
    // It may be part of another text: the address of a picture, the stream that an auditor asked for.
    return ({ stream, data, meta }) => stream.includes(id) || data.includes(id) || meta.includes(asActor);
  },
  correlation: (id) => {
    const text = `"correlationId":${JSON.stringify(id)}`;
    return ({ meta }) => meta.includes(text);
  },
};

/** Whether an event fits the question. */
export const fitsOf = (question: Question): Fits => {
  const parts = Object.entries(question).filter(([, wanted]) => wanted !== undefined);
  const all = parts.map(([part, wanted]) => tests[part as keyof Question](wanted as never));
  return (event) => all.every((fits) => fits(event));
};
