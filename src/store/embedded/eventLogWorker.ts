// The thread that owns the writing connection, so that no disk sync stalls the main thread. Started by `eventLogWriter.ts`.

import { parentPort, workerData } from 'node:worker_threads';
import type { Group } from './appendGroup.ts';
import { type EventLog, openEventLog } from './eventLog.ts';

const { file, pageLimit } = workerData as { readonly file: string; readonly pageLimit?: Int32Array };
const port = parentPort!;
let log: EventLog | undefined = openEventLog(file, pageLimit);

function append(group: Group): void {
  try {
    log ??= openEventLog(file, pageLimit);
    port.postMessage(log.append(group));
  } catch (error) {
    // Nothing known about the file can be trusted now: the connection goes, and the next group opens a new one.
    closeLog();
    port.postMessage(error);
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
  try {
    log?.checkpoint();
  } catch {
    // A reader is in the way, or the disk is full: all is safe in the write-ahead log, which the next start reads.
  }
  closeLog();
  port.close();
}

port.on('message', (message: Group | 'end') => (message === 'end' ? end() : append(message)));
port.postMessage('open');
