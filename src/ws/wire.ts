// The frames that clients send to the native socket, and those that answer them.

import { z } from 'zod';
import { type FailureCode, titleOf } from '../api/failureCodes.ts';
import { fieldErrorsOf } from '../api/failures.ts';
import { memberIn, parseJson } from '../api/json.ts';
import { addReaction } from '../commands/addReaction.ts';
import { MAX_KEY } from '../commands/context.ts';
import { editMessage } from '../commands/editMessage.ts';
import { id } from '../commands/fields.ts';
import { markRead } from '../commands/markRead.ts';
import { markThreadRead } from '../commands/markThreadRead.ts';
import { removeMessage } from '../commands/removeMessage.ts';
import { restoreMessage } from '../commands/restoreMessage.ts';
import { sendMessage } from '../commands/sendMessage.ts';
import { takeBackReaction } from '../commands/takeBackReaction.ts';
import { deviceStates, type Shown } from '../presence/states.ts';

/** Most conversations that one `subscribe` names. */
const MAX_NAMED = 100;
/** Values of one frame at most. */
const MAX_VALUES = 1000;

/** The server repeats the key of a frame in its answer; the key of a command is its idempotency key. */
const key = z
  .string()
  .max(MAX_KEY)
  .regex(/^[\x21-\x7e]+$/, `1 to ${MAX_KEY} visible ASCII characters.`);

const frame = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ type: z.literal(type), key: key.optional(), ...shape });

const frames = [
  frame('sign-in', { token: z.string().min(1).max(5000) }),
  frame('subscribe', {
    after: z
      .int()
      .nonnegative()
      .optional()
      .describe('A position. Without it, the socket receives only what happens from now on.'),
    log: id.optional().describe('The log that this position belongs to, as in `ready`. Default: the present log.'),
    conversationIds: z.array(id).max(MAX_NAMED).default([]).describe('Rooms and public groups beside your own.'),
  }),
  frame('send', { ...sendMessage.input.shape, key }),
  frame('edit', editMessage.input.shape),
  frame('remove', removeMessage.input.shape),
  frame('restore', restoreMessage.input.shape),
  frame('typing', { conversationId: id }),
  frame('presence', { state: z.enum(deviceStates) }),
  frame('read', markRead.input.shape),
  frame('read-thread', markThreadRead.input.shape),
  frame('react', addReaction.input.shape),
  frame('unreact', takeBackReaction.input.shape),
  frame('ping', {}),
] as const;
export const Inbound = z.discriminatedUnion('type', frames, {
  error: 'A frame is an object, with a type that the socket knows.',
});
export type Inbound = z.output<typeof Inbound>;
export type InboundOf<T extends Inbound['type']> = Extract<Inbound, { type: T }>;

/** The refusals that only sockets have, with their titles. */
export const socketTitles = {
  'already-subscribed':
    'Only the first subscription of a socket may have `after`. Open another socket to begin elsewhere.',
  'another-user': 'The token belongs to another user than this socket. Open another socket for that user.',
  'log-unknown': 'This log does not come from the log that you named. Subscribe after position 0.',
  'position-unknown': 'This log may not have every event up to that position. Subscribe after the position `begin`.',
  'too-many-frames': 'The socket sends too many frames. Slow down, or the server closes it.',
  'too-many-subscriptions': 'The socket has too many subscriptions. Open another socket for more.',
} as const;

export interface FrameRefusal {
  readonly code: FailureCode | keyof typeof socketTitles;
  readonly field?: string | undefined;
  readonly message?: string | undefined;
  /** Seconds after which the client may send the frame again. */
  readonly retryAfter?: number | undefined;
  /** The position to begin after instead. */
  readonly begin?: number | undefined;
}

/** As the client sent it, even if it is none: by it the client knows which frame is meant. */
type Key = string | number | undefined;

/** The frames that no event of the log makes. `key`: that of the frame that they answer. */
export const present = {
  ready: (key: Key, userId: string, log: string, position: number) => ({ type: 'ready', key, userId, log, position }),
  caughtUp: (key: Key, position: number) => ({ type: 'caught-up', key, position }),
  accepted: (key: Key, position: number, messageId?: string) => ({ type: 'accepted', key, messageId, position }),
  refused: (
    key: Key,
    { code, field, begin, retryAfter, message = { ...titleOf, ...socketTitles }[code] }: FrameRefusal,
  ) => ({ type: 'refused', key, code, field, begin, retryAfter, message }) as const,
  typing: (conversationId: string, userId: string) => ({ type: 'typing', conversationId, userId }),
  presence: (userId: string, shown: Shown) => ({ type: 'presence', userId, ...shown }),
  pong: (key: Key) => ({ type: 'pong', key }),
};

/** Reads what a client sent. `key`: that of the bad frame, if it can be read. */
export const readFrame = (
  text: string,
): { readonly frame: Inbound; readonly sent: object } | { readonly key: Key; readonly refusal: FrameRefusal } => {
  let value: unknown;
  try {
    value = parseJson(text, { values: MAX_VALUES });
  } catch {
    return { key: memberIn(text, 'key'), refusal: { code: 'malformed-json', message: 'The frame is not JSON.' } };
  }
  const parsed = Inbound.safeParse(value);
  if (parsed.success) return { frame: parsed.data, sent: value as object };
  const [{ field, message } = {}] = fieldErrorsOf(parsed.error);
  return { key: memberIn(text, 'key'), refusal: { code: 'malformed-request', field: field || undefined, message } };
};
