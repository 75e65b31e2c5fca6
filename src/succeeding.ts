// Settles, behind the views, what accounts left that were deleted or suspended. The process that projects does it; two at once
// would do no harm.

import { setTimeout as delay } from 'node:timers/promises';
import { isOfOneStream } from './commands/succession.ts';
import type { Event } from './domain/events.ts';
import { isActive } from './projections/users.ts';
import type { Services } from './services.ts';
import type { Stores } from './stores.ts';

const PAGE = 500;
const HOUR = 3_600_000;
/** Milliseconds between two looks at views that are away. */
const LOOK = 1000;

/** Accounts that this concerns, if they are no longer active. */
const concernedBy = (event: Event): readonly string[] => {
  switch (event.type) {
    case 'GroupCreated':
      return [event.data.ownerId];
    case 'DirectChatStarted':
      return event.data.userIds;
    case 'MemberAdded':
    case 'MemberJoined':
    case 'OwnershipPassed':
    case 'OwnerAppointed':
    case 'UserSuspended':
    case 'UserDeleted':
      return [event.data.userId];
    default:
      return [];
  }
};

export type Succeeding = ReturnType<typeof createSucceeding>;

export const createSucceeding = (
  { core, queries, progress, log }: Pick<Services, 'core' | 'queries' | 'progress' | 'log'>,
  { lease }: Pick<Stores, 'lease'>,
) => {
  const concerned = new Set<string>();
  let isAllDue = false;
  let due = Promise.withResolvers<void>();

  const settle = async (userId: string, signal: AbortSignal): Promise<void> => {
    try {
      await core.succession.settle(userId, `succession ${core.newId()}`, signal);
    } catch (error) {
      if (!isOfOneStream(error)) throw error;
      log.warn({ err: error, userId }, 'a conversation that the account left behind cannot be settled now');
    }
  };

  const settleAll = async (signal: AbortSignal): Promise<void> => {
    for (const standing of ['deleted', 'suspended'] as const)
      for (let after = 0, isOver = false; !isOver && !signal.aborted; ) {
        const { items, more } = await queries.seated(standing, { after, limit: PAGE });
        for (const { id } of items) await settle(id, signal);
        after = items.at(-1)?.number ?? after;
        isOver = !more || items.length === 0;
      }
  };

  const settleConcerned = async (signal: AbortSignal): Promise<void> => {
    const left = new Set([...concerned].slice(0, PAGE));
    // Before the look: an account that an event names from now on is looked at again.
    for (const id of left) concerned.delete(id);
    try {
      // The views have the events that named these accounts, and so all events before them.
      const accounts = await queries.usersById([...left]);
      for (const id of [...left]) {
        const account = accounts.get(id);
        if (account && !isActive(account)) await settle(id, signal);
        left.delete(id);
      }
    } finally {
      for (const id of left) concerned.add(id);
    }
  };

  const settleDue = async (signal: AbortSignal): Promise<void> => {
    if (isAllDue) {
      isAllDue = false;
      await settleAll(signal).catch((error: unknown) => {
        isAllDue = true;
        throw error;
      });
    }
    while (concerned.size > 0 && !signal.aborted) await settleConcerned(signal);
  };

  const viewsAreReady = async (signal: AbortSignal): Promise<boolean> => {
    while (!signal.aborted && !(await progress.ready()))
      await delay(LOOK, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  };

  /** Everything is due: nobody told of what the views took before. */
  const all = (): void => {
    isAllDue = true;
    due.resolve();
  };

  return {
    all,
    /** The views have taken the event. */
    see: (event: Event): void => {
      const ids = concernedBy(event);
      for (const id of ids) concerned.add(id);
      if (ids.length > 0) due.resolve();
    },
    /** Settles until `signal` aborts, and begins again where it failed. @throws Unavailable */
    run: async (signal: AbortSignal, onGoing: () => void): Promise<void> => {
      const timer = setInterval(() => lease.isHeld && all(), HOUR).unref();
      const stop = () => due.resolve();
      signal.addEventListener('abort', stop, { once: true });
      try {
        for (; !signal.aborted; await due.promise) {
          due = Promise.withResolvers();
          if (await viewsAreReady(signal)) await settleDue(signal);
          onGoing();
        }
      } finally {
        clearInterval(timer);
        signal.removeEventListener('abort', stop);
      }
    },
  };
};
