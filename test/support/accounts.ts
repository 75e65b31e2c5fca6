// Accounts to sign in to, with the commands on stores of their own.

import { afterAll, beforeAll } from 'vitest';
import { createAuthenticator } from '../../src/commands/authenticate.ts';
import type { Core } from '../../src/commands/core.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { verifyCredentials } from '../../src/commands/verifyCredentials.ts';
import { meta, openCore, type TestCore } from './core.ts';

let registered = 0;

/** The id of a new account with a name of its own, and the password of all of these. */
export const somebody = async (core: Core): Promise<string> =>
  (await registerUser(core, meta(), { username: `ann${registered++}`, password: 'correct horse' })).userId;

/** For the tests of one file. */
export const accounts = () => {
  let program: TestCore;
  beforeAll(async () => {
    program = await openCore();
  });
  afterAll(() => program.dispose());
  return {
    program: () => program,
    core: () => program.core,
    register: (name: string) =>
      registerUser(program.core, meta(), { username: name, email: `${name}@example.com`, password: 'correct horse' }),
    /** The account, by its password. */
    enter: (name: string, password = 'correct horse') =>
      verifyCredentials(program.core, meta(), { name, password, by: ['email', 'username'] }),
    authenticator: () =>
      createAuthenticator(program.core, async (hash) => (await program.queries.userOfKey(hash))?.userId),
  };
};
