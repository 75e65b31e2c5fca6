// An erasure that broke off goes on in the process that began it: nobody need start a server anew for that.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { erasePerson } from '../../src/commands/requestErasure.ts';
import { Unavailable } from '../../src/store/ports.ts';
import { meta } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { type Program, startProgram } from '../support/program.ts';

const DAYS = 24 * 3_600_000;
let program: Program;
let days = 0;
/** Why a key is not destroyed the first time. */
let failure: { readonly key: string; readonly error: Error } | undefined;

beforeAll(async () => {
  program = await startProgram({
    now: () => new Date(Date.now() + days * DAYS),
    stores: (stores) =>
      instead(stores, {
        events: instead(stores.events, {
          destroy: async (names) => {
            const found = failure;
            if (found === undefined || !names.includes(found.key)) return stores.events.destroy(names);
            failure = undefined;
            throw found.error;
          },
        }),
      }),
  });
});
afterAll(() => program.close());

const ask = async (name: string): Promise<string> => {
  const { id: userId } = await program.person(name);
  await erasePerson(program.services.core, meta(), { userId });
  await program.settled();
  return userId;
};

test.each([
  ['a store was away', new Unavailable('keys')],
  ['something went wrong', new Error('the views are being read')],
])('an erasure is carried out although %s in the middle of it', async (_, error) => {
  const ann = await ask(`ann${days}`);
  failure = { key: ann, error };
  days += 8;
  // Whoever carries erasures out looks again when another one is asked for.
  for (const name of ['ben', 'cleo']) await ask(`${name}${days}`);
  await expect.poll(async () => (await program.services.queries.erasure(ann))?.standing).toBe('certified');
  expect(failure).toBeUndefined();
});
