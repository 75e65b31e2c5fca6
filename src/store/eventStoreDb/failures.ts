// What a failure means: the node answered, this call alone failed, or the connection is gone. Only the last may end other
// calls: they are everybody's.

import { isCommandError } from '@eventstore/db-client';
import { Conflict, PositionUnknown, Unavailable } from '../ports.ts';

/** This call failed. Make it again; it says nothing about the other calls. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
}

/** The node did not answer a call in time. */
export class Silence extends Error {
  override readonly name = 'Silence';
  /** When the call began, in `performance.now()`. */
  readonly since: number;
  constructor(what: string, since: number) {
    super(what);
    this.since = since;
  }
}

/** Answers that would be the same if the node were asked again. */
const ANSWERS = new Set([
  'wrong-expected-version',
  'stream-not-found',
  'stream-deleted',
  'access-denied',
  // Of an operation at the node; of a live reader that was too slow.
  'timeout',
  'invalid-argument',
  'maximum-append-size-exceeded',
]);

/** The gRPC codes CANCELLED, DEADLINE_EXCEEDED, INTERNAL (a stream that was reset) and UNAVAILABLE. */
const GONE: readonly unknown[] = [1, 4, 13, 14];
/** UNKNOWN, and INVALID_ARGUMENT from version 24.10 on. */
const OF_POSITION: readonly unknown[] = [2, 3];

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code;

/** Another node leads: as the client says it, and as a call does. */
const isNotLeader = (error: unknown): boolean => {
  const { type, metadata } = error as { type?: unknown; metadata?: { get?(name: string): readonly unknown[] } };
  return type === 'not-leader' || metadata?.get?.('exception')[0] === 'not-leader';
};

/** The node, or this adapter, has answered: asking again is of no use. */
export const isAnswer = (error: unknown): boolean => {
  if (error instanceof Conflict || error instanceof Unavailable || error instanceof PositionUnknown) return true;
  // What the node sent cannot be read here.
  if (error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError) return true;
  return error instanceof Error && isCommandError(error) && ANSWERS.has(error.type);
};

/** The connection is of no use any more. A failure without a code comes from the connection itself. */
export const isGone = (error: unknown): boolean => {
  if (isAnswer(error) || error instanceof CallFailed) return false;
  const code = codeOf(error);
  return isNotLeader(error) || typeof code !== 'number' || GONE.includes(code);
};

/** A read from a position ended like this: perhaps the position is none, for the node has no word for it. */
export const mayBePosition = (error: unknown): boolean =>
  OF_POSITION.includes(codeOf(error instanceof Unavailable ? (error.cause ?? error) : error));
