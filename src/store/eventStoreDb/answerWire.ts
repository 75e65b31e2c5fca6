// The answers of a read, straight from their bytes. The client would parse each JSON text, and pass each event through
// three layers: at the end of a busy log, that took a third of the main thread. The field numbers are the protocol's.

import type { Recorded } from '../ports.ts';

/** One message of a read: an event, or what the node says about the read. */
export interface Answer {
  readonly event?: Recorded;
  /** The node will deliver everything that comes after the place asked for. */
  readonly isConfirmation?: boolean;
  /** The node has looked at all events up to this position. */
  readonly checkpoint?: number;
  readonly isNoStream?: boolean;
  /** The node has sent a subscription everything up to the end of the log. */
  readonly hasCaughtUp?: boolean;
}

/** How a value is written: the last three bits before it. */
const WIRE = { varint: 0, eightBytes: 1, bytes: 2, fourBytes: 5 } as const;
const LONGEST_VARINT = 10;

/** The fields of a message, one after the other. */
class Fields {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #wire: number = WIRE.varint;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** The number of the next field, whose value comes next; 0: there is none. */
  next(): number {
    if (this.#at >= this.#end) return 0;
    const tag = this.integer();
    this.#wire = tag & 7;
    return tag >>> 3;
  }

  /** Inexact beyond what a number holds: the node's note of a deleted stream has the largest revision of all. */
  integer(): number {
    let [value, scale] = [0, 1];
    for (let i = 0; i < LONGEST_VARINT; i++, scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  }

  text(): string {
    const [start, end] = this.#range();
    return this.#bytes.toString('utf8', start, end);
  }

  message(): Fields {
    const [start, end] = this.#range();
    return new Fields(this.#bytes, start, end);
  }

  skip(): void {
    if (this.#wire === WIRE.bytes) this.#range();
    else if (this.#wire === WIRE.eightBytes) this.#at += 8;
    else if (this.#wire === WIRE.fourBytes) this.#at += 4;
    else while (this.#byte() > 127);
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new RangeError('a message of the node ends too early');
    return this.#bytes[this.#at++]!;
  }

  #range(): readonly [start: number, end: number] {
    const length = this.integer();
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#end) throw new RangeError('a message of the node ends too early');
    return [start, this.#at];
  }
}

/** What lies in the field `wanted` of a message. */
const inField = <T>(message: Fields, wanted: number, read: (message: Fields) => T): T | undefined => {
  let found: T | undefined;
  for (let field = message.next(); field !== 0; field = message.next())
    if (field === wanted) found = read(message);
    else message.skip();
  return found;
};

const textIn = (message: Fields): string => message.text();

/** @throws RangeError it has no position */
const recordedIn = (message: Fields): Recorded => {
  const found = { id: '', type: '', stream: '', revision: 0, position: 0, data: 'null', meta: 'null' };
  for (let field = message.next(); field !== 0; field = message.next())
    if (field === 1) found.id = inField(message.message(), 2, textIn) ?? '';
    else if (field === 2) found.stream = inField(message.message(), 3, textIn) ?? '';
    else if (field === 3) found.revision = message.integer();
    else if (field === 5) found.position = message.integer();
    else if (field === 6) {
      const entry = message.message();
      if (entry.next() === 1 && entry.text() === 'type') found.type = inField(entry, 2, textIn) ?? '';
    }
    // Others' events may carry no metadata.
    else if (field === 7) found.meta = message.text() || 'null';
    else if (field === 8) found.data = message.text() || 'null';
    else message.skip();
  if (found.position === 0) throw new RangeError(`event ${found.id} has no position`);
  return found;
};

const eventIn = (fields: Fields): Recorded => recordedIn(fields.message());
const integerIn = (fields: Fields): number => fields.integer();

/** A message of the protocol's `ReadResp`. Kinds that nobody needs are empty. @throws RangeError */
export const answerOf = (bytes: Buffer): Answer => {
  const message = new Fields(bytes);
  const kind = message.next();
  if (kind === 1) {
    const event = inField(message.message(), 1, eventIn);
    return event ? { event } : {};
  }
  if (kind === 2) return { isConfirmation: true };
  if (kind === 3) return { checkpoint: inField(message.message(), 1, integerIn) ?? 0 };
  if (kind === 4) return { isNoStream: true };
  return kind === 8 ? { hasCaughtUp: true } : {};
};
