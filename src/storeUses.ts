// Which uses of the stores fail, and why: each is a line of the log, and is probed until it works again.

import type { Logger } from 'pino';
import { describeCause, isFailedSync } from './store/cause.ts';
import { Hidden, Unavailable } from './store/ports.ts';

/** Makes `events: not written` of `events: written`. */
const notSo = (name: string): string => name.replace(': ', ': not ');

/** Milliseconds between two probes, and between two log lines about a trouble that lasts. */
const EVERY = { probeEvery: 1000, sayEvery: 60_000 } as const;

/** One way to use one store, which works or fails. */
export interface Use {
  /** The store, and what is done with it. */
  readonly name: string;
  /** Undefined: the user of the store tries again by itself. */
  readonly probe: (() => Promise<unknown>) | undefined;
  trouble: string | undefined;
  failures: number;
  saidAt: number;
  probing: NodeJS.Timeout | undefined;
}

/** `onHidden`: called when a stream lacks an event: that is no failure of the use. */
export const createStoreUses = (
  log: Logger,
  onHidden: (error: Hidden) => void,
  options: { readonly probeEvery?: number; readonly sayEvery?: number } = {},
) => {
  const { probeEvery, sayEvery } = { ...EVERY, ...options };
  const uses = new Set<Use>();
  const failedSync = Promise.withResolvers<Error>();
  let isStopped = false;

  const works = (use: Use): void => {
    if (use.trouble === undefined) return;
    clearTimeout(use.probing);
    log.info({ failures: use.failures }, `${use.name} again`);
    Object.assign(use, { trouble: undefined, failures: 0, probing: undefined });
  };

  const lookForFailedSync = (error: unknown): void => {
    if (!isFailedSync(error)) return;
    log.fatal({ reason: describeCause(error) }, 'a sync failed');
    failedSync.resolve(error as Error);
  };

  const fails = (use: Use, error: unknown): void => {
    lookForFailedSync(error);
    // Without a cause, the store is closed: that is no trouble.
    if (!(error instanceof Unavailable) || error.cause === undefined) return;
    const trouble = describeCause(error) ?? error.message;
    const present = performance.now();
    use.failures += 1;
    if (trouble !== use.trouble || present - use.saidAt >= sayEvery) {
      Object.assign(use, { trouble, saidAt: present });
      log.warn({ reason: trouble, failures: use.failures }, notSo(use.name));
    }
    if (use.probe && !use.probing && !isStopped) use.probing = setTimeout(probe, probeEvery, use).unref();
  };

  const probe = (use: Use): void => {
    use.probing = undefined;
    watched(use, use.probe!)().catch(() => undefined);
  };

  const useOf = (name: string, probe?: Use['probe']): Use => {
    const use: Use = { name, probe, trouble: undefined, failures: 0, saidAt: 0, probing: undefined };
    uses.add(use);
    return use;
  };

  /** Returns the store's own promise: some methods are called several times a request. */
  const watched = <Args extends unknown[], T>(
    use: Use,
    work: (...args: Args) => Promise<T>,
    onBad = (error: unknown): void => (error instanceof Hidden ? onHidden(error) : fails(use, error)),
  ) => {
    const onGood = (): void => works(use);
    return (...args: Args): Promise<T> => {
      const result = work(...args);
      result.then(onGood, onBad);
      return result;
    };
  };

  return {
    useOf,
    /** Nobody needs it any more. */
    drop: (use: Use): void => void uses.delete(use),
    works,
    fails,
    lookForFailedSync,
    watched,
    /** The uses that fail at present, and why. */
    troubles: (): readonly string[] =>
      [...uses].flatMap(({ name, trouble }) => (trouble === undefined ? [] : [`${notSo(name)}: ${trouble}`])),
    /** Resolves when a sync has failed: nothing may be acknowledged any more, and the process must end. */
    failedSync: failedSync.promise,
    /** Ends the probes. */
    stop: () => {
      isStopped = true;
      for (const { probing } of uses) clearTimeout(probing);
    },
  };
};
