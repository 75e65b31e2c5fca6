// A history on a store of events that a test opened by itself, with keys of its own.

import { mkdtempSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHistory } from '../../src/history/history.ts';
import { openEmbeddedEventStore } from '../../src/store/embedded/eventStore.ts';
import { openEmbeddedKeyStore } from '../../src/store/embedded/keyStore.ts';
import type { EventStore, History, KeyStore } from '../../src/store/ports.ts';

/** Keys in a new folder. Processes on one log share them. */
export const newKeys = (): Promise<KeyStore> =>
  openEmbeddedKeyStore(join(mkdtempSync(join(tmpdir(), 'verbatim-keys-')), 'keys.db'));

export const historyOn = (events: EventStore, keys: KeyStore): History =>
  createHistory(events, keys, () => performance.now());

export interface NewHistory {
  /** As it lies. */
  readonly recorded: EventStore;
  readonly keys: KeyStore;
  readonly history: History;
  /** Nothing of it is left. */
  close(): Promise<void>;
}

/** An empty history in a new folder. */
export const newHistory = async (): Promise<NewHistory> => {
  const folder = await mkdtemp(join(tmpdir(), 'verbatim-history-'));
  const recorded = await openEmbeddedEventStore({ file: join(folder, 'events.db') });
  const keys = await newKeys();
  return {
    recorded,
    keys,
    history: historyOn(recorded, keys),
    close: async () => {
      await recorded.close();
      await keys.close();
      await rm(folder, { recursive: true });
    },
  };
};
