// Watches the room on the disks. When it gets low, the server first takes no more files, then builds no views beside those that
// serve, then records nothing more, and goes on reading and pushing: a disk that is really full stops more than that.

import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { Fill } from './projections/rebuild.ts';
import { Unavailable, type ViewBuild } from './store/ports.ts';
import type { Free, Stores } from './stores.ts';

/** Milliseconds between two looks. */
const EVERY = 1000;
const MIB = 1024 * 1024;
/** A build gives way below so many times `MIN_FREE_MESSAGES`: between two looks it writes on. */
const AHEAD = 2;

const NO_ROOM = 'there is too little room in DATA_DIR to build views beside those that serve';

const freeForTemporaryFiles = async (): Promise<number> => {
  const { bavail, bsize } = await statfs(tmpdir());
  return bavail * bsize;
};

const leastOf = ({ dataDir, blobs }: Free): number => Math.min(dataDir ?? Infinity, blobs ?? Infinity);

export const guardSpace = (
  { events, blobs, free }: Pick<Stores, 'events' | 'blobs' | 'free'>,
  { MIN_FREE, MIN_FREE_MESSAGES }: Pick<Config, 'MIN_FREE' | 'MIN_FREE_MESSAGES'>,
  log: Logger,
  options: { readonly every?: number | undefined; readonly temporary?: () => Promise<number> } = {},
) => {
  const { every = EVERY, temporary = freeForTemporaryFiles } = options;
  let isLowForFiles = false;
  let isLowForBuilds = false;
  let isLowForEvents = false;
  let trouble: string | undefined;
  let warning: string | undefined;
  let looking: NodeJS.Timeout | undefined;
  let isStopped = false;

  const mebibytes = (bytes: number): string => `${Math.floor(bytes / MIB)} MiB are free`;

  const wordsFor = (known: Free): string | undefined => {
    if (isLowForEvents) return `disk: ${mebibytes(known.dataDir!)}, less than MIN_FREE_MESSAGES: nothing is recorded`;
    return isLowForFiles ? `disk: ${mebibytes(leastOf(known))}, less than MIN_FREE: no files are taken` : undefined;
  };

  const look = async (): Promise<void> => {
    const [known, forTemporary] = await Promise.all([free(), temporary()]);
    const wasLow = [isLowForFiles, isLowForEvents].join();
    isLowForEvents = (known.dataDir ?? Infinity) < MIN_FREE_MESSAGES;
    isLowForBuilds = (known.dataDir ?? Infinity) < AHEAD * MIN_FREE_MESSAGES;
    isLowForFiles = isLowForEvents || leastOf(known) < MIN_FREE;
    trouble = wordsFor(known);
    const isLowForTemporary = forTemporary < MIN_FREE_MESSAGES;
    warning = isLowForTemporary ? `disk: ${mebibytes(forTemporary)} for temporary files` : undefined;
    if (wasLow === [isLowForFiles, isLowForEvents].join()) return;
    if (trouble === undefined) log.info('there is room on the disk again');
    else log.warn({ security: 'low-space', reason: trouble }, 'the disk is nearly full');
  };

  /** A store that cannot be asked is reported by those who use it. */
  const lookAgain = async (): Promise<void> => {
    await look().catch(() => undefined);
    if (!isStopped) looking = setTimeout(() => void lookAgain(), every).unref();
  };

  // No cause: `trouble` tells it, once for all requests.
  const checkFiles = (): void => {
    if (isLowForFiles) throw new Unavailable('blobs');
  };

  async function* whileThereIsRoom(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      checkFiles();
      yield chunk;
    }
  }

  return {
    events: {
      ...events,
      append: async (...given: Parameters<typeof events.append>) => {
        if (isLowForEvents) throw new Unavailable('events');
        return events.append(...given);
      },
    },
    blobs: {
      ...blobs,
      put: async (content: AsyncIterable<Uint8Array>, limit: number) => {
        checkFiles();
        return blobs.put(whileThereIsRoom(content), limit);
      },
    },
    /** Fills views in `DATA_DIR` until the room gets low, unless nobody can read before they serve. It throws Unavailable then. */
    fillWhileThereIsRoom:
      (fill: Fill<ViewBuild>): Fill<ViewBuild> =>
      async (build, onProgress, options) => {
        const full = new AbortController();
        const signals = [full.signal, options.signal].filter((signal) => signal !== undefined);
        const look: typeof onProgress = (...told) => {
          if (isLowForBuilds && !options.isUrgent) full.abort(new Unavailable('views', new Error(NO_ROOM)));
          onProgress(...told);
        };
        return fill(build, look, { ...options, signal: AbortSignal.any(signals) });
      },
    /** Looks now and then every second, until `stop`. */
    start: lookAgain,
    stop: (): void => {
      isStopped = true;
      clearTimeout(looking);
    },
    troubles: (): readonly string[] => (trouble === undefined ? [] : [trouble]),
    warnings: (): readonly string[] => (warning === undefined ? [] : [warning]),
  };
};
