// Explains from the log whether somebody could do something, now or at an earlier moment.

import type { Action } from '../domain/access.ts';
import { decode } from '../domain/codec.ts';
import { timeOf } from '../domain/envelope.ts';
import { createExplainer, type Explained } from '../domain/explainer.ts';
import { streams } from '../domain/streams.ts';
import type { OpenReader, Recorded } from '../store/ports.ts';
import { pagesOf, type ReadPage } from './askLog.ts';

/** A position, or an ISO time in UTC with milliseconds. Undefined: now. */
export type AsOf = number | string | undefined;

const isWithin =
  (asOf: AsOf) =>
  (event: Recorded): boolean =>
    asOf === undefined || (typeof asOf === 'number' ? event.position <= asOf : timeOf(event) <= asOf);

async function* eventsOf(log: Pick<OpenReader, 'readLog' | 'readStream'>, stream: string, readPage: ReadPage) {
  for await (const page of pagesOf(log, { after: 0, stream }, readPage)) yield* page;
}

/** The events of both, in the order of the log. */
async function* merged(one: AsyncGenerator<Recorded>, other: AsyncGenerator<Recorded>): AsyncGenerator<Recorded> {
  let [a, b] = [await one.next(), await other.next()];
  while (!a.done || !b.done) {
    if (b.done || (!a.done && a.value.position < b.value.position)) {
      yield a.value as Recorded;
      a = await one.next();
    } else {
      yield b.value;
      b = await other.next();
    }
  }
}

export interface AccessQuestion {
  readonly userId: string;
  /** Null: the server. */
  readonly conversationId: string | null;
  readonly action: Action;
  readonly asOf: AsOf;
}

async function* nothing(): AsyncGenerator<Recorded> {}

/** @throws Unreadable; Hidden */
export const explainAccess = async (
  log: Pick<OpenReader, 'readLog' | 'readStream'>,
  { userId, conversationId, action, asOf }: AccessQuestion,
  readPage: ReadPage,
): Promise<Explained> => {
  const explainer = createExplainer(userId, action, conversationId);
  const within = isWithin(asOf);
  const ofUser = eventsOf(log, streams.user(userId), readPage);
  const ofConversation =
    conversationId === null ? nothing() : eventsOf(log, streams.conversation(conversationId), readPage);
  for await (const recorded of merged(ofUser, ofConversation)) if (within(recorded)) explainer.see(decode(recorded));
  return explainer.explained();
};
