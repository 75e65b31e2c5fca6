// What a backup is made of: the log and the files, wherever the settings say that they are.

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { closeAfter } from '../closing.ts';
import type { Config } from '../config.ts';
import { openBlobs, openRecorded } from '../openAlone.ts';
import { openBlob } from '../store/embedded/blobStore.ts';
import { syncFile } from '../store/embedded/durable.ts';
import { copyLog } from '../store/embedded/logCopy.ts';
import { createLogFile } from '../store/embedded/logFile.ts';
import { Missing } from '../store/ports.ts';
import { blobsDirectory, eventsFile } from '../stores.ts';
import { progressBar } from './progressBar.ts';
import { UsageError } from './verb.ts';

/** Milliseconds between two updates of the bar while the file of the log is copied. */
const LOOK = 200;
const PAGE = 1000;

/** Copies the file of the log. SQLite does not report its progress, so the bar follows the size of the copy. */
const copyFile = async (from: string, to: string): Promise<void> => {
  const ahead = await stat(`${from}-wal`).catch(() => undefined);
  const bar = progressBar('copy bytes of the log', (await stat(from)).size + (ahead?.size ?? 0));
  const show = async (): Promise<void> => bar.update((await stat(to)).size);
  // The copy may not exist yet: nothing to show.
  const showing = setInterval(() => void show().catch(() => undefined), LOOK);
  try {
    await copyLog(from, to);
  } finally {
    clearInterval(showing);
  }
  bar.finish((await stat(to)).size);
};

/** Reads the log from the server that has it, up to its end at the beginning. */
const readInto = (config: Config, to: string): Promise<void> =>
  openRecorded(config).then((opened) =>
    closeAfter(opened, async (events) => {
      const head = await events.head();
      const bar = progressBar('copy events', head);
      const log = createLogFile(to);
      try {
        for (let [position, count] = [0, 0]; position < head; ) {
          const page = (await events.readLog(position, PAGE)).filter((event) => event.position <= head);
          if (page.length === 0) break;
          log.write(page);
          position = page.at(-1)!.position;
          count += page.length;
          bar.update(position, count);
        }
      } finally {
        log.close();
      }
      bar.finish(head);
    }),
  );

export const takeLog = async (config: Config, folder: string): Promise<void> => {
  const [from, to] = [eventsFile(config.DATA_DIR), eventsFile(folder)];
  if (config.EVENTSTORE_URL === undefined) await copyFile(from, to);
  else await readInto(config, to);
  await syncFile(to);
};

/** @throws Error of the file system: this process may not look */
const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
      return false;
    },
  );

/** @throws UsageError there is no log; Error of the file system */
export const mustHaveLog = async ({ EVENTSTORE_URL, DATA_DIR }: Config): Promise<void> => {
  if (EVENTSTORE_URL !== undefined || (await isThere(eventsFile(DATA_DIR)))) return;
  throw new UsageError(
    `there is no event log in ${resolve(DATA_DIR)}. Set DATA_DIR to the data directory of the server, or run this where you start the server`,
  );
};

export interface Files {
  open(hash: string): Promise<Readable>;
  /** Where they are, in words for the operator. */
  readonly place: string;
  close(): Promise<void>;
}

/** Where the files are, in words for the operator. */
export const filesPlaceOf = ({ MONGODB_URL, DATA_DIR }: Config): string =>
  MONGODB_URL === undefined ? blobsDirectory(DATA_DIR) : 'MongoDB';

/** The files, also while a server uses them. */
export const openFiles = async (config: Config): Promise<Files> => {
  if (config.MONGODB_URL !== undefined) return Object.assign(await openBlobs(config), { place: filesPlaceOf(config) });
  const directory = blobsDirectory(config.DATA_DIR);
  // A file on a bad sector is lost as well.
  const lost = (hash: string) => () => Promise.reject(new Missing(hash));
  return {
    open: (hash) => openBlob(directory, hash).catch(lost(hash)),
    place: filesPlaceOf(config),
    close: async () => undefined,
  };
};
