// The commands and the views on real embedded stores, in a folder of their own.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Origin } from '../../src/commands/context.ts';
import type { Core } from '../../src/commands/core.ts';
import { createLedger } from '../../src/commands/ledger.ts';
import { createMessageLane, importLanes } from '../../src/commands/messageLane.ts';
import { createReceipts, type ReceiptsOptions } from '../../src/commands/receipts.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { type Composed, compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { Meta } from '../../src/domain/events.ts';
import { projectViews } from '../../src/projectViews.ts';
import type { History } from '../../src/store/ports.ts';
import { openStores, type Stores } from '../../src/stores.ts';
import { sharedPasswords } from './program.ts';

export interface TestCore extends Composed {
  readonly stores: Stores;
  readonly dataDir: string;
  /** Waits until the views have taken everything. */
  settled(): Promise<void>;
  /** An account of that username; gives its id. */
  person(name: string): Promise<string>;
  /** Stops, keeping the data, and starts again on it. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** `command`: sent under a key; `hash`: of what was sent. */
export const meta = (actorId: string | null = null, command?: { key: string; hash: string }): Origin => {
  const keyed = command && { key: command.key, fingerprints: [command.hash] as const };
  return { actorId, address: null, correlationId: 'test', ...(keyed && { keyed }) };
};

/** For a change that no command makes. */
export const plainMeta = (actorId: string | null = null): Meta => ({ actorId, correlationId: 'test' });

/** A user who has just given credentials. */
export const fresh = (actorId: string): Origin => ({ ...meta(actorId), signedInAt: new Date() });

/** What another process on the same log has of its own. */
export const elsewhereOn = (
  events: History,
  { now, newId }: Pick<Core, 'now' | 'newId'>,
  receipts: Partial<ReceiptsOptions> = {},
): Pick<Core, 'ledger' | 'messages' | 'openImportLane'> => {
  const streams = {
    events,
    receipts: createReceipts({ events, inViews: async () => undefined, ...receipts }),
    now,
    clock: () => performance.now(),
    newId,
  };
  return { ledger: createLedger(streams), messages: createMessageLane(streams), openImportLane: importLanes(streams) };
};

/** `settings`: as in the environment. */
export const openCore = async (
  settings: Readonly<Record<string, string>> = {},
  now: () => Date = () => new Date(),
): Promise<TestCore> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'verbatim-core-'));
  const config = readConfig({ DATA_DIR: dataDir, BCRYPT_COST: '4', LIMITS: 'off', ...settings });
  let stop = new AbortController();
  let projecting: Promise<void> = Promise.resolve();

  const start = async () => {
    const stores = await openStores(config);
    const composed = await compose(config, stores, now, { passwords: sharedPasswords() });
    stop = new AbortController();
    projecting = projectViews(stores, composed.progress)(stop.signal);
    return { ...composed, stores };
  };
  const halt = async () => {
    stop.abort();
    await projecting;
    await self.close();
    await self.stores.close();
  };

  const self: TestCore = {
    ...(await start()),
    dataDir,
    settled: async () => {
      if (!(await self.progress.reached(await self.stores.events.head(), 20_000)))
        throw new Error('the views did not catch up');
    },
    person: async (name) => {
      const { userId } = await registerUser(self.core, meta(), {
        username: name,
        email: `${name}@example.com`,
        firstName: name,
      });
      return userId;
    },
    restart: async () => {
      await halt();
      Object.assign(self, await start());
    },
    dispose: async () => {
      await halt();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return self;
};
