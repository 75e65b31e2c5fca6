// The writing connection of one file of views, live or in a build. Its calls block, with the syncs in them: it runs in
// a thread of its own, but for the moment that makes empty views before anything serves.

import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Rows } from './viewRows.ts';
import { createIndexes, createTables, type ViewShape } from './viewSchema.ts';
import { viewTables } from './viewTables.ts';

export interface ViewWriting {
  /** Takes the batch, and moves the checkpoint from `from` to `to`. */
  apply(batch: readonly Rows[], from: number, to: number): void;
  /** Of a build: makes it ready to serve. */
  finish(): void;
  close(): void;
}

/** Documents a build holds back at most: some tens of megabytes. */
const HELD = 20_000;

/** @throws if the file is gone. */
export function openLive(file: string, { tables }: ViewShape): ViewWriting {
  const url = pathToFileURL(file);
  url.searchParams.set('mode', 'rw'); // never makes a file: one that is gone was replaced
  const db = new DatabaseSync(url, { timeout: 1000 });
  // WAL with NORMAL: a commit is one write without a sync. Only moving the log of writes into the file syncs, before
  // and after, so a power cut loses the last batches together with their checkpoint and can tear nothing.
  db.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 16777216');
  const documents = viewTables(db, tables);
  const move = db.prepare('UPDATE about SET checkpoint = ? WHERE checkpoint = ?');
  return {
    apply(batch, from, to) {
      db.exec('BEGIN IMMEDIATE');
      try {
        if (move.run(to, from).changes !== 1) throw new Error('the checkpoint was moved by another writer');
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
    close: () => db.close(),
  };
}

/** One transaction without a journal and without indexes: a build that does not finish is thrown away whole. */
export function openBuild(file: string, shape: ViewShape): ViewWriting {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -65536; BEGIN EXCLUSIVE; ${createTables(shape)}`);
  const documents = viewTables(db, shape.tables);
  let checkpoint = 0;
  return {
    apply(batch, _from, to) {
      documents.write(batch);
      if (documents.held() > HELD) documents.flush();
      checkpoint = to;
    },
    finish() {
      documents.flush();
      db.prepare('UPDATE about SET checkpoint = ?').run(checkpoint);
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
