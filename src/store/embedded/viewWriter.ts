// The writing connection of one file of views, live or in a build. Its calls block, and sync: they run in a thread of
// their own, except when empty views are made before anything serves.

import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Checkpoint } from '../ports.ts';
import { syncFileNow } from './durable.ts';
import { JOURNAL_BYTES } from './eventLogSchema.ts';
import { createIndexes, createTables, type ViewShape } from './viewSchema.ts';
import { type Rows, viewTables } from './viewTables.ts';

/** Documents a build holds back at most: some tens of megabytes. */
const HELD = 20_000;

/** Names the run of the operating system; `undefined` on systems that do not name their boots. */
export const bootId = (): string | undefined => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
};

/**
 * Live writes never sync: after the death of the process the system still has what it wrote. Only the end of the system
 * itself (a power cut) can tear the file. So the file bears the mark of the boot under which it is written until it is
 * closed in good order, and is not read under another boot (see `openViewReader`). Where boots have no name, NORMAL keeps
 * the file whole.
 * @throws if the file is gone.
 */
export const openLive = (file: string, { tables }: ViewShape) => {
  const boot = bootId();
  if (boot !== undefined) mark(file, boot);
  const db = connect(file);
  db.exec(`PRAGMA synchronous = ${boot === undefined ? 'NORMAL' : 'OFF'}; PRAGMA cache_size = -16384; PRAGMA secure_delete = ON;
    PRAGMA journal_size_limit = ${JOURNAL_BYTES}`);
  const documents = viewTables(db, tables);
  const move = db.prepare('UPDATE about SET checkpoint = ?, mark = ?');
  const together = (work: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      work();
      db.exec('COMMIT');
    } catch (error) {
      documents.forget();
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
  return {
    /** Takes the batch, and moves the checkpoint. */
    apply: (batch: readonly Rows[], to: Checkpoint): void =>
      together(() => {
        move.run(to.position, to.mark);
        documents.write(batch);
        documents.flush();
      }),
    /** Makes all documents fit to be searched. */
    takeInWords: (): void => together(documents.takeInWords),
    /** Bytes of earlier documents were overwritten in the file; the write-ahead log still has them. */
    scrub(): void {
      if (db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy !== 0) throw new Error('the views are being read');
    },
    /** For a file that nobody reads any more. */
    close: (): void => db.close(),
    end(): void {
      db.close();
      if (boot === undefined) return;
      syncFileNow(file);
      mark(file, null);
    },
  };
};

const connect = (file: string): DatabaseSync => {
  const url = pathToFileURL(file);
  url.searchParams.set('mode', 'rw'); // never makes a file
  return new DatabaseSync(url, { timeout: 1000 });
};

/** On disk when it returns, and in the file itself, not in its write-ahead log. */
const mark = (file: string, boot: string | null): void => {
  using db = connect(file);
  db.exec('PRAGMA synchronous = FULL');
  db.prepare('UPDATE about SET boot = ?').run(boot);
  if (db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy !== 0) throw new Error('the views are being read');
};

/**
 * One transaction, no way to roll it back, no indexes: a build that does not end is thrown away whole. `end` makes the file
 * ready to serve.
 */
export const openBuild = (file: string, shape: ViewShape): ReturnType<typeof openLive> => {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; BEGIN EXCLUSIVE; ${createTables(shape)}`);
  const documents = viewTables(db, shape.tables);
  let checkpoint: Checkpoint = { position: 0, mark: '' };
  return {
    apply(batch, to) {
      documents.write(batch);
      if (documents.held() > HELD) documents.flush();
      checkpoint = to;
    },
    // It has no write-ahead log, and nobody searches it.
    scrub: () => undefined,
    takeInWords: () => undefined,
    close: () => db.close(),
    end() {
      documents.flush();
      documents.takeInWords();
      db.prepare('UPDATE about SET checkpoint = ?, mark = ?').run(checkpoint.position, checkpoint.mark);
      db.exec(`${createIndexes(shape)}; COMMIT`);
      db.close();
      const finished = new DatabaseSync(file);
      finished.exec('PRAGMA journal_mode = WAL');
      finished.close();
      syncFileNow(file);
    },
  };
};
