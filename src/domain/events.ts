// All events: the schema of each type decodes it and gives its TypeScript type.
//
// These names and fields are a storage format, kept for ever. A field never changes its meaning. A new shape of an old
// type gets a row in `versions.ts`, with the shape before it and an upcaster.

import type { z } from 'zod';
import { accountEvents } from './events/accounts.ts';
import { conversationEvents } from './events/conversations.ts';
import { erasureEvents } from './events/erasures.ts';
import { fileEvents } from './events/files.ts';
import { logEvents } from './events/log.ts';
import { messageEvents } from './events/messages.ts';
import { nameEvents } from './events/names.ts';
import { securityEvents } from './events/security.ts';
import { signInEvents } from './events/signIns.ts';

export { type Profile, type Role, roles } from './events/accounts.ts';
export { type Policy, policy } from './events/conversations.ts';
export { type Erasable, erasable } from './events/erasures.ts';
export { LOG_FORMAT } from './events/log.ts';
export { calls, type MessageKind, messageKinds } from './events/messages.ts';
export { type Scope, scopes } from './events/signIns.ts';

export const schemas = {
  ...logEvents,
  ...accountEvents,
  ...signInEvents,
  ...nameEvents,
  ...conversationEvents,
  ...messageEvents,
  ...fileEvents,
  ...erasureEvents,
  ...securityEvents,
};

export type EventType = keyof typeof schemas;
export type DataOf<T extends EventType> = z.infer<(typeof schemas)[T]>;

/** An event that is not recorded yet. */
export type DomainEvent = { [T in EventType]: { readonly type: T; readonly data: DataOf<T> } }[EventType];
/** What a decision returns. */
export type Events = readonly DomainEvent[];

export interface Meta {
  /** The user behind the command. Null: nobody signed in (a registration, a visitor), or the program itself. */
  readonly actorId: string | null;
  /** Of a command sent with an idempotency key: derived from user, target and key. */
  readonly commandId?: string;
  /**
   * Keyed fingerprint of the request: it tells a retry from another command under the same key. It lies in the private part, if
   * the event has one. Empty: it was erased.
   */
  readonly commandHash?: string;
  /** The request, import or process that the event belongs to. */
  readonly correlationId: string;
  /** The event in another request that the program recorded this one for. */
  readonly causedBy?: { readonly stream: string; readonly revision: number };
  /** Its positions in the logs that this log was copied from, oldest log first. */
  readonly copied?: readonly (readonly [logId: string, position: number])[];
}

interface Envelope {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  /** ISO time of recording. */
  readonly at: string;
  readonly meta: Meta;
  /** The private part of `data` as it lies in the log. */
  readonly secret?: string;
  /** The private part is not open: fields of `data` stand for it. */
  readonly isClosed?: true;
}

export type Event = DomainEvent & Envelope;
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;
