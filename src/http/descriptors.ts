// How many files and connections this process may have open at once.

import { readFileSync } from 'node:fs';

const inProc = (): string | undefined => {
  try {
    return /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
};

/** For systems without `/proc`; takes some milliseconds. */
const inReport = (): number | string | undefined =>
  (process.report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } }).userLimits?.open_files
    ?.soft;

/** The limit on open descriptors. Infinity if the system sets none, or does not say. */
export const descriptorLimit = (): number => {
  const limit = Number(inProc() ?? inReport());
  return Number.isSafeInteger(limit) && limit > 0 ? limit : Number.POSITIVE_INFINITY;
};

/** Descriptors kept for the stores, the threads, the log and the listening socket. */
const RESERVE = 64;

/** A connection costs two descriptors: it has one request at a time, and a request opens at most one file. */
export const connectionsWithin = (descriptors: number): number => Math.max(1, Math.floor((descriptors - RESERVE) / 2));
