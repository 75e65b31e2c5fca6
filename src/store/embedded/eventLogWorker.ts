// The thread that owns the writing connection, so that no sync stalls the main thread. `eventLogWriter.ts` starts it.

import { isFailedSync } from '../cause.ts';
import type { Answers, Group } from './appendGroup.ts';
import { openEventLog } from './eventLog.ts';
import { answerRequests } from './thread.ts';

export interface LogFile {
  /** Path of the SQLite file, made if missing. */
  readonly file: string;
  /** Shared; its first element: pages (of 4096 bytes) that the file may have at most, read whenever the file is opened. */
  readonly pageLimit?: Int32Array | undefined;
}

/** `probe` tries whether there is room to write. Only a group has answers. */
export type Request = Group | 'probe' | 'end';

answerRequests(({ file, pageLimit }: LogFile) => {
  let log: ReturnType<typeof openEventLog> | undefined = openEventLog(file, pageLimit);
  /** After a failed sync nothing that this process learns of the disk can be trusted. */
  let failedSync: unknown;

  const closeLog = (): void => {
    try {
      log?.close();
    } catch {
      // The failure that led here is reported already.
    }
    log = undefined;
  };

  // Moves what an earlier process left beside the file into it, and syncs it: after a failed sync the system may show data
  // that is not on disk.
  log.empty();
  return (request: Request): Answers => {
    if (request === 'end') {
      // If it fails, everything is safe in the write-ahead log, which the next start reads.
      if (failedSync === undefined) log?.empty();
      closeLog();
      return [];
    }
    if (failedSync !== undefined) throw failedSync;
    try {
      log ??= openEventLog(file, pageLimit);
      if (request !== 'probe') return log.append(request);
      log.probe();
      return [];
    } catch (error) {
      // Nothing known about the file can be trusted now: the next request opens a new connection.
      closeLog();
      if (isFailedSync(error)) failedSync = error;
      throw error;
    }
  };
});
