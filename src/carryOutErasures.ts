// Carries out the requests to erase whose time of grace is over. The process that projects does it; two at once would do no
// harm. At each start it destroys again what was destroyed before: a backup may have brought old keys back.

import type { Event } from './domain/events.ts';
import type { Services } from './services.ts';
import { Unavailable } from './store/ports.ts';
import type { Stores } from './stores.ts';

/** Milliseconds between two looks at least, and at most: a timer cannot wait for years. */
const LOOK = { least: 1000, most: 3_600_000 } as const;

export type ErasuresDue = ReturnType<typeof createErasuresDue>;

export const createErasuresDue = (
  { core, queries, progress, log }: Pick<Services, 'core' | 'queries' | 'progress' | 'log'>,
  { lease }: Pick<Stores, 'lease'>,
) => {
  let due = Promise.withResolvers<void>();
  let isBegun = false;

  const carryOut = async (targetId: string): Promise<void> => {
    try {
      const certificate = await core.erasing.carryOut(targetId, `erasure ${core.newId()}`);
      if (certificate !== undefined) log.info({ security: 'erased', targetId }, 'it was erased, and certified');
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      log.error({ err: error, targetId }, 'it cannot be erased now');
    }
  };

  const begin = async (signal: AbortSignal): Promise<void> => {
    for await (const { keys } of queries.allErasures('certified')) {
      if (signal.aborted) return;
      await core.erasing.destroyAgain(keys);
    }
    for await (const { id } of queries.allErasures('started')) if (!signal.aborted) await carryOut(id);
    isBegun = true;
  };

  /** Carries out what is due. @returns milliseconds until the next one is. */
  const carryOutDue = async (signal: AbortSignal): Promise<number> => {
    if (!isBegun) await begin(signal);
    const { items, more } = await queries.erasuresDue(core.now().toISOString());
    for (const { id } of items) if (!signal.aborted) await carryOut(id);
    const next = more ? undefined : await queries.nextErasure();
    const left = next === undefined ? LOOK.most : Date.parse(next.dueAt) - core.now().getTime();
    return Math.min(Math.max(left, LOOK.least), LOOK.most);
  };

  return {
    /** This process begins to project. */
    all: (): void => {
      isBegun = false;
      due.resolve();
    },
    /** The views have taken the event. */
    see: ({ type }: Event): void => {
      if (type === 'ErasureRequested') due.resolve();
    },
    /** Works until `signal` aborts. @throws Unavailable */
    run: async (signal: AbortSignal, onGoing: () => void): Promise<void> => {
      const stop = (): void => due.resolve();
      signal.addEventListener('abort', stop, { once: true });
      let timer: NodeJS.Timeout | undefined;
      try {
        for (; !signal.aborted; await due.promise) {
          due = Promise.withResolvers();
          const { resolve } = due;
          const isReady = lease.isHeld && (await progress.ready());
          const wait = isReady ? await carryOutDue(signal) : lease.isHeld ? LOOK.least : LOOK.most;
          clearTimeout(timer);
          timer = setTimeout(resolve, wait).unref();
          onGoing();
        }
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      }
    },
  };
};
