// Events as the client gives them, turned into those of the port.

import type { AllStreamRecordedEvent, RecordedEvent } from '@eventstore/db-client';
import type { Recorded } from '../ports.ts';

/** Streams and events the node keeps for itself. */
export const isSystem = (event: RecordedEvent): boolean => event.streamId.startsWith('$') || event.type.startsWith('$');

/** @throws RangeError a place beyond what a number holds exactly. */
export const safeInteger = (value: bigint | string): number => {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is not a safe integer`);
  return number;
};

/** Commit position of an event. @throws RangeError */
export const positionOf = (event: RecordedEvent | AllStreamRecordedEvent): number => {
  if (!event.position) throw new RangeError(`event ${event.id} has no position`);
  return safeInteger(event.position.commit);
};

/** Which events of the node are this program's. */
export interface OwnEvents {
  /** What the name of each of its streams at the node begins with: several programs may share the node. */
  readonly prefix: string;
  /** Told from those of other programs. `stream`: without the prefix. */
  readonly isOurs: (event: Pick<Recorded, 'stream' | 'meta'>) => boolean;
}

/** Undefined: the event is the node's own, or another program's. @throws RangeError its place is not a safe integer. */
export const recordedOf = (event: RecordedEvent, { prefix, isOurs }: OwnEvents): Recorded | undefined => {
  if (isSystem(event) || !event.streamId.startsWith(prefix)) return undefined;
  const [stream, meta] = [event.streamId.slice(prefix.length), textOf(event.metadata)];
  if (!isOurs({ stream, meta })) return undefined;
  return {
    id: event.id,
    type: event.type,
    stream,
    revision: safeInteger(event.revision),
    position: positionOf(event),
    data: textOf(event.data),
    meta,
  };
};

/** The client has parsed what is JSON; others' events may be bytes, or carry no metadata. */
const textOf = (value: unknown): string => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return JSON.stringify(value ?? null);
};
