// What becomes of the memberships of an account that was deleted or suspended. A deleted account leaves all its conversations;
// a group that nobody else can manage passes to another member.
//
// It comes after the event that ends the account. Nothing it does depends on what it did before, so it can break off anywhere
// and begin again: `succeeding.ts` does so until nothing is left.

import { type Conversation, conversations } from '../domain/conversation.ts';
import { Unreadable } from '../domain/envelope.ts';
import type { Meta } from '../domain/events.ts';
import { succeed } from '../domain/membership.ts';
import { Refused } from '../domain/refused.ts';
import { streams } from '../domain/streams.ts';
import { isActive, users } from '../domain/user.ts';
import type { MembershipDoc } from '../projections/memberships.ts';
import type { Progress } from '../projections/progress.ts';
import type { Queries } from '../projections/queries.ts';
import { type EventReader, Hidden, Unavailable } from '../store/ports.ts';
import { absentHeirs } from './absences.ts';
import type { Ledger } from './ledger.ts';

export interface SuccessionOptions {
  readonly ledger: Ledger;
  readonly events: Pick<EventReader, 'readStream'>;
  readonly queries: Pick<Queries, 'membershipsOf'>;
  readonly progress: Pick<Progress, 'reached'>;
  /** Milliseconds that the answer to a deletion waits for it. */
  readonly patience?: number | undefined;
}

const PAGE = 100;
const PATIENCE = 2000;

/** Does the error concern one conversation alone? Others can be settled. */
export const isOfOneStream = (error: unknown): boolean =>
  error instanceof Hidden || error instanceof Unreadable || error instanceof Refused;

export type Succession = ReturnType<typeof createSuccession>;

export const createSuccession = ({ ledger, events, queries, progress, patience = PATIENCE }: SuccessionOptions) => {
  async function* membershipsOf(userId: string): AsyncGenerator<MembershipDoc, void> {
    for (let after = 0, isOver = false; !isOver; ) {
      const { items, more } = await queries.membershipsOf(userId, { after, limit: PAGE });
      yield* items;
      after = items.at(-1)?.since ?? after;
      isOver = !more || items.length === 0;
    }
  }

  /** The event that ended the account, for auditors. Nothing if it is far back. */
  const endOf = async (userId: string): Promise<Pick<Meta, 'causedBy'>> => {
    const stream = streams.user(userId);
    const lately = await events.readStream(stream, { backwards: true, limit: PAGE });
    const end = lately.find(({ type }) => type === 'UserDeleted' || type === 'UserSuspended');
    return end === undefined ? {} : { causedBy: { stream, revision: end.revision } };
  };

  /**
   * Settles the conversations that the views know the account to be in, unless it is active. @returns the position at which
   * the views show it. @throws Unavailable; what `isOfOneStream` knows, after all others are settled
   */
  const settle = async (userId: string, correlationId: string, signal?: AbortSignal): Promise<number> => {
    const user = await ledger.load(users, userId);
    let last = 0;
    if (user.status === 'unknown' || isActive(user)) return last;
    let meta: Meta | undefined;
    let failure: unknown;
    for await (const { conversationId, role } of membershipsOf(userId)) {
      if (signal?.aborted) break;
      if (user.status !== 'deleted' && role !== 'owner') continue;
      try {
        const absences = await absentHeirs({ ledger }, await ledger.load(conversations, conversationId), userId);
        meta ??= { actorId: null, correlationId, ...(await endOf(userId)) };
        const decide = (state: Conversation) => succeed(state, user, absences);
        const { position } = await ledger.transact(conversations, conversationId, meta, decide);
        last = Math.max(last, position);
      } catch (error) {
        if (!isOfOneStream(error)) throw error;
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return last;
  };

  return {
    settle,
    /**
     * Settles the conversations of an account that was deleted at `position`, as far as that goes in a moment; what is left
     * is done in the background. @returns the position at which the views show it
     */
    after: async (userId: string, position: number, correlationId: string): Promise<number> => {
      try {
        const signal = AbortSignal.timeout(patience);
        if (!(await progress.reached(position, patience))) return position;
        return Math.max(position, await settle(userId, correlationId, signal));
      } catch (error) {
        // The account is deleted, whatever comes now.
        if (error instanceof Unavailable || isOfOneStream(error)) return position;
        throw error;
      }
    },
  };
};
