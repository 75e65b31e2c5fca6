// Carries out the requests to erase whose time of grace is over, and goes on with what broke off, whoever began it. The process
// that projects does it; two at once would do no harm. At each start, and whenever other views begin to serve, it erases again what was erased before: a backup may have
// brought old keys back, and a build may have read what was erased while it ran. So it does once after each certificate: another
// process may have looked through views of its own.

import type { Event } from './domain/events.ts';
import type { Services } from './services.ts';
import { Unavailable } from './store/ports.ts';
import type { Stores } from './stores.ts';

/** Milliseconds between two looks at least, and at most: a timer cannot wait for years. After a failure: until the next try. */
const LOOK = { least: 1000, afterFailure: 60_000, most: 3_600_000 } as const;

export type ErasuresDue = ReturnType<typeof createErasuresDue>;

export const createErasuresDue = (
  { core, queries, progress, log }: Pick<Services, 'core' | 'queries' | 'progress' | 'log'>,
  { lease }: Pick<Stores, 'lease'>,
) => {
  let due = Promise.withResolvers<void>();
  /** How often this process began to project, or views began to serve; and of these, the last that `begin` has seen to. */
  let [beginnings, begun] = [1, 0];
  /** Certified since, perhaps by a process whose views are others. */
  const certified = new Set<string>();

  /** @returns whether it is over. @throws Unavailable */
  const carryOut = async (targetId: string): Promise<boolean> => {
    try {
      const certificate = await core.erasing.carryOut(targetId, `erasure ${core.newId()}`);
      if (certificate !== undefined) log.info({ security: 'erased', targetId }, 'it was erased, and certified');
      return true;
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      log.error({ err: error, targetId }, 'it cannot be erased now');
      return false;
    }
  };

  const begin = async (signal: AbortSignal): Promise<void> => {
    const beginning = beginnings;
    for (const standing of ['started', 'certified'] as const)
      for await (const erasure of queries.allErasures(standing)) {
        if (signal.aborted) return;
        // It may be certified by now, of other views.
        if (standing === 'started') await carryOut(erasure.id);
        await core.erasing.eraseAgain(erasure, `erasure ${core.newId()}`);
      }
    await core.erasing.scrub();
    begun = beginning;
  };

  /** These views may have been too late to be looked through before the certificate. */
  const eraseCertified = async (): Promise<void> => {
    if (certified.size === 0) return;
    const ids = [...certified];
    for (const id of ids) {
      const erasure = await queries.erasure(id);
      if (erasure !== undefined) await core.erasing.eraseAgain(erasure, `erasure ${core.newId()}`);
    }
    await core.erasing.scrub();
    for (const id of ids) certified.delete(id);
  };

  /** Carries out what is due, and what broke off. @returns milliseconds until the next look */
  const carryOutDue = async (signal: AbortSignal): Promise<number> => {
    if (begun < beginnings) await begin(signal);
    await eraseCertified();
    let most: number = LOOK.most;
    const { items, more } = await queries.erasuresDue(core.now().toISOString());
    const started = await Array.fromAsync(queries.allErasures('started'));
    for (const { id } of [...started, ...items]) if (!signal.aborted && !(await carryOut(id))) most = LOOK.afterFailure;
    const next = more ? undefined : await queries.nextErasure();
    const left = next === undefined ? most : Date.parse(next.dueAt) - core.now().getTime();
    return Math.min(Math.max(left, LOOK.least), most);
  };

  return {
    /** This process begins to project, or other views to serve. */
    all: (): void => {
      beginnings++;
      due.resolve();
    },
    /** The views have taken the event. */
    see: ({ type, data }: Event): void => {
      if (type === 'ErasureCertified') certified.add(data.targetId);
      if (type === 'ErasureRequested' || type === 'ErasureStarted' || type === 'ErasureCertified') due.resolve();
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
