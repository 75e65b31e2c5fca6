// A history on a store of events that a test opened by itself, with keys of its own.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHistory } from '../../src/history/history.ts';
import { openEmbeddedKeyStore } from '../../src/store/embedded/keyStore.ts';
import type { EventStore, History, KeyStore } from '../../src/store/ports.ts';

/** Keys in a new folder. Processes on one log share them. */
export const newKeys = (): Promise<KeyStore> =>
  openEmbeddedKeyStore(join(mkdtempSync(join(tmpdir(), 'verbatim-keys-')), 'keys.db'));

export const historyOn = (events: EventStore, keys: KeyStore): History =>
  createHistory(events, keys, () => performance.now());
