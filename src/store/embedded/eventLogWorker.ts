// The thread that owns the writing connection, so that no disk sync stalls the main thread. Started by `eventLogWriter.ts`.

import { parentPort, workerData } from 'node:worker_threads';
import { isFailedSync } from '../cause.ts';
import type { Answers, Group } from './appendGroup.ts';
import { type EventLog, openEventLog } from './eventLog.ts';
import { withCodes } from './threadError.ts';

/** `probe`: is there room to write? Answered like a group of no appends. */
export type Request = Group | 'probe' | 'end';
export type Reply = 'open' | Answers | Error;

const { file, pageLimit } = workerData as { readonly file: string; readonly pageLimit?: Int32Array };
const port = parentPort!;
let log: EventLog | undefined = openEventLog(file, pageLimit);
/** A sync failed: nothing this process is told of the disk can be trusted any more. */
let failedSync: Error | undefined;

function answer(work: (log: EventLog) => Answers): void {
  try {
    if (failedSync) throw failedSync;
    log ??= openEventLog(file, pageLimit);
    port.postMessage(work(log) satisfies Reply);
  } catch (error) {
    // Nothing known about the file can be trusted now: the connection goes, and the next group opens a new one.
    closeLog();
    const reply = withCodes(error);
    if (isFailedSync(reply)) failedSync = reply;
    port.postMessage(reply satisfies Reply);
  }
}

function closeLog(): void {
  try {
    log?.close();
  } catch {
    // It goes because it fails, and that is reported already.
  }
  log = undefined;
}

function end(): void {
  // Where that fails all is safe in the write-ahead log, which the next start reads.
  if (!failedSync) log?.empty();
  closeLog();
  port.close();
}

// What an earlier process left beside the file goes into it and is synced: after a failed sync the system may show as
// written what is not on disk.
log.empty();
port.on('message', (request: Request) => {
  if (request === 'end') end();
  else if (request === 'probe')
    answer((open) => {
      open.probe();
      return [];
    });
  else answer((open) => open.append(request));
});
port.postMessage('open' satisfies Reply);
