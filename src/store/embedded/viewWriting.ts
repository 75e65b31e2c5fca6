// The writing connection of one file of views, live or in a build. Its calls block, with the syncs in them: it runs in
// a thread of its own, but for the moment that makes empty views before anything serves.

import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Checkpoint } from '../ports.ts';
import { bootId } from './bootId.ts';
import type { Rows } from './viewRows.ts';
import { createIndexes, createTables, type ViewShape } from './viewSchema.ts';
import { viewTables } from './viewTables.ts';

export interface ViewWriting {
  /** Takes the batch, and moves the checkpoint from `from` to `to`. */
  apply(batch: readonly Rows[], from: number, to: Checkpoint): void;
  /** Of a build: makes it ready to serve. */
  finish(): void;
  close(): void;
}

/** Documents a build holds back at most: some tens of megabytes. */
const HELD = 20_000;

/**
 * Live writes never sync: what a killed process has written, the system still has. Only the end of the system itself
 * (a power cut) can tear the file, so the file bears the mark of the boot it is written under until it is closed in good
 * order, and is not taken under another (see `openViewReader`). Where boots have no name, NORMAL keeps it whole instead.
 * @throws if the file is gone.
 */
export function openLive(file: string, { tables }: ViewShape): ViewWriting {
  const boot = bootId();
  if (boot !== undefined) mark(file, boot);
  const db = connect(file);
  db.exec(`PRAGMA synchronous = ${boot === undefined ? 'NORMAL' : 'OFF'}; PRAGMA cache_size = -16384`);
  const documents = viewTables(db, tables);
  const move = db.prepare('UPDATE about SET checkpoint = ?, mark = ? WHERE checkpoint = ?');
  return {
    apply(batch, from, to) {
      db.exec('BEGIN IMMEDIATE');
      try {
        if (move.run(to.position, to.mark, from).changes !== 1)
          throw new Error('the checkpoint was moved by another writer');
        documents.write(batch);
        documents.flush();
        db.exec('COMMIT');
      } catch (error) {
        documents.forget();
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    finish() {
      throw new Error('only a build can be finished');
    },
    close() {
      db.close();
      if (boot === undefined) return;
      sync(file);
      mark(file, null);
    },
  };
}

function connect(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  url.searchParams.set('mode', 'rw'); // never makes a file: one that is gone was replaced
  return new DatabaseSync(url, { timeout: 1000 });
}

/** On disk when it returns, and in the file itself, not in its log of writes. */
function mark(file: string, boot: string | null): void {
  const db = connect(file);
  try {
    db.exec('PRAGMA synchronous = FULL');
    db.prepare('UPDATE about SET boot = ?').run(boot);
    if (db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy !== 0) throw new Error('the views are being read');
  } finally {
    db.close();
  }
}

/** One transaction, nothing of it kept for a roll-back, no indexes: a build that does not finish is thrown away whole. */
export function openBuild(file: string, shape: ViewShape): ViewWriting {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; BEGIN EXCLUSIVE; ${createTables(shape)}`);
  const documents = viewTables(db, shape.tables);
  let checkpoint: Checkpoint = { position: 0, mark: '' };
  return {
    apply(batch, _from, to) {
      documents.write(batch);
      if (documents.held() > HELD) documents.flush();
      checkpoint = to;
    },
    finish() {
      documents.flush();
      db.prepare('UPDATE about SET checkpoint = ?, mark = ?').run(checkpoint.position, checkpoint.mark);
      db.exec(`${createIndexes(shape)}; COMMIT`);
      db.close();
      const finished = new DatabaseSync(file);
      finished.exec('PRAGMA journal_mode = WAL');
      finished.close();
      sync(file); // before the pointer names it
    },
    close: () => db.close(),
  };
}

function sync(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
