// Notices that a backup replaced the file of the log. A mark beside the file says which file it was and how far it had
// come. The log was put back if the mark is missing, is of another file, or knows an event that the file does not have.

import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { LOG_REPLACED } from '../cause.ts';
import { openEventLogReader } from './eventLogReader.ts';
import { identityOf, mustBeInPlace } from './fileIdentity.ts';

const markOf = (file: string): string => `${file}.mark`;

/**
 * Keeps the mark of `file`, which exists. Nothing waits for the disk: after a power cut the mark may be older than the log,
 * never newer.
 */
export const openLogMark = (file: string) => {
  const identity = identityOf(file);
  let mark: number | undefined;
  return {
    /** The log has come to `position`, where the event `id` is. */
    set(position: number, id: string): void {
      try {
        mark ??= openSync(markOf(file), constants.O_WRONLY | constants.O_CREAT, 0o600);
        writeSync(mark, `${identity} ${String(position).padStart(16)} ${id}\n`, 0);
      } catch {
        // The log goes on without it; at worst the next start takes it for one that was put back.
      }
    },
    /** @throws Error another file took the place of the log: what is written would be gone at the next start */
    mustBeInPlace: (): void => mustBeInPlace(file, identity, LOG_REPLACED),
    close(): void {
      if (mark !== undefined) closeSync(mark);
      mark = undefined;
    },
  };
};

/** Whether the log in `file` has events, and is not, or not wholly, the one that was last written here. */
export const wasPutBack = (file: string): boolean => {
  try {
    using reader = openEventLogReader(file);
    if (reader.head() === 0) return false;
    const [identity, position, id] = readMark(file);
    return identity !== identityOf(file) || reader.readLog(Number(position) - 1, 1)[0]?.id !== id;
  } catch {
    // No log can be read yet: opening it for writing reports why.
    return false;
  }
};

/** No parts: there is no mark. */
const readMark = (file: string): string[] => {
  try {
    return readFileSync(markOf(file), 'utf8').split(/\s+/);
  } catch {
    return [];
  }
};
