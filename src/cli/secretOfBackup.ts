// The secret is in no backup and in no export: who restores one puts it back by hand.

import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '../config.ts';
import { secretFile } from './backupFolder.ts';

const UNUSED = 'nobody signs in with this: it is not used';

/** For opening stores without making a secret. */
export const withoutSecret = (config: Config): Config => ({ ...config, AUTH_SECRET: config.AUTH_SECRET ?? UNUSED });

export const hasSecret = async (dataDir: string): Promise<boolean> => (await readdir(dataDir)).includes('secret');

export const sayWhereSecretGoes = async (config: Config): Promise<void> => {
  if (config.AUTH_SECRET !== undefined || (await hasSecret(config.DATA_DIR))) return;
  console.log(
    `The secret is not in it. Put yours into ${secretFile(resolve(config.DATA_DIR))} or AUTH_SECRET before the first start: ` +
      'with a new secret every sign-in and every key ends.',
  );
};
