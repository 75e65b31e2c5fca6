// The events of a node, and how the embedded event store keeps them.

import { isUtf8 } from 'node:buffer';
import type { NewEvent, Recorded } from '../../../src/store/ports.ts';

/** An event as a client proposes it. */
export interface Proposed {
  readonly id: string;
  readonly type: string;
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** Where an event lies. */
export interface StreamEvent {
  readonly revision: number;
  /** Its number in the log: `placeOf` makes it the position that clients see. */
  readonly position: number;
}

export interface NodeEvent extends Proposed, StreamEvent {
  readonly stream: string;
  /** Milliseconds since 1970. */
  readonly created: number;
}

// The port keeps texts and no time, and counts the bytes of both texts: what else a node keeps goes into the type. A
// node takes any bytes, also where a client says that they are JSON.

export const encode = (event: Proposed, created: number): NewEvent => {
  const isText = isUtf8(event.data) && isUtf8(event.metadata);
  const coding = isText ? 'utf8' : 'base64';
  return {
    id: event.id,
    type: `${created} ${event.isJson ? 'json' : 'binary'} ${coding} ${event.type}`,
    data: Buffer.from(event.data).toString(coding),
    meta: Buffer.from(event.metadata).toString(coding),
  };
};

export const decode = (event: Recorded): NodeEvent => {
  const [, created, format, coding, type = ''] = /^(\d+) (json|binary) (utf8|base64) (.*)$/s.exec(event.type) ?? [];
  return {
    id: event.id,
    type,
    stream: event.stream,
    revision: event.revision,
    position: event.position,
    isJson: format === 'json',
    created: Number(created),
    data: Buffer.from(event.data, coding as BufferEncoding),
    metadata: Buffer.from(event.meta, coding as BufferEncoding),
  };
};
