// Dialects of the tests' own making, on the real program.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createApp } from '../../../src/app.ts';
import { registerUser } from '../../../src/commands/registerUser.ts';
import { signInAs } from '../../../src/commands/signIn.ts';
import { signInWithKey } from '../../../src/commands/signInWithKey.ts';
import { verifyCredentials } from '../../../src/commands/verifyCredentials.ts';
import { readConfig } from '../../../src/config.ts';
import type { Dialect } from '../../../src/dialects/dialect.ts';
import type { Services } from '../../../src/services.ts';
import { sharedPasswords } from '../../support/program.ts';
import { storesIn } from '../../support/stores.ts';

export interface Served {
  readonly url: string;
  readonly services: Services;
  /** Registers somebody and signs them in, in each way there is. */
  account(
    name: string,
  ): Promise<{ userId: string; number: number; key: string; accessToken: string; refreshToken: string }>;
  close(): Promise<void>;
}

/** `dialects`, all at the root and each under its prefix. */
export const serveDialects = async (dialects: readonly Dialect[]): Promise<Served> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'verbatim-dialects-'));
  const stores = await storesIn(dataDir);
  const config = readConfig({ ...stores.settings, BCRYPT_COST: '4', PORT: '0', LOG_LEVEL: 'silent', LIMITS: 'off' });
  const app = await createApp(config, { log: pino({ level: 'silent' }), dialects, passwords: sharedPasswords() });
  const { services, url } = app;
  const meta = { actorId: null, address: null, correlationId: 'test' };
  return {
    url,
    services,
    account: async (name) => {
      const { core } = services;
      const { userId } = await registerUser(core, meta, {
        username: name,
        email: `${name}@x.io`,
        password: 'pw-of-them',
      });
      const user = await verifyCredentials(core, meta, { name, password: 'pw-of-them', by: ['username'] });
      const { key, position: first } = await signInWithKey(core, meta, user);
      const { accessToken, refreshToken, position } = await signInAs(core, meta, user);
      await services.progress.reached(Math.max(first, position), 20_000);
      return { userId, number: user.number, key, accessToken, refreshToken };
    },
    close: async () => {
      await app.close();
      await stores.close(false);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};
