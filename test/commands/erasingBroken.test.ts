// An erasure that broke off at any of its steps is finished by the next attempt, and certified once.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createErasing, type ErasingOptions } from '../../src/commands/erasing.ts';
import { erasePerson } from '../../src/commands/requestErasure.ts';
import { Unavailable } from '../../src/store/ports.ts';
import { meta, openCore, type TestCore } from '../support/core.ts';
import { instead } from '../support/instead.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
});
afterAll(() => program.dispose());

/** Erasing whose n-th call of a store breaks off, before the store has done it or after. */
const breaking = (nth: number, isDone: boolean) => {
  const { core, stores, queries, progress } = program;
  let calls = 0;
  const broken =
    <Args extends readonly unknown[], T>(call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      const breaks = ++calls === nth;
      if (breaks && !isDone) throw new Unavailable('keys');
      const result = await call(...args);
      if (breaks) throw new Unavailable('keys');
      return result;
    };
  const options: ErasingOptions = {
    ledger: instead(core.ledger, { transact: broken(core.ledger.transact) as typeof core.ledger.transact }),
    events: instead(stores.events, { destroy: broken(stores.events.destroy) }),
    views: {
      scrub: broken(stores.views.scrub),
      search: broken(stores.views.search),
      mend: broken(stores.views.mend),
    },
    queries,
    progress,
    signer: instead(core.signer, { sign: broken(async () => 'a certificate') }),
    now: core.now,
    grace: 1,
  };
  return { erasing: createErasing(options), calls: () => calls };
};

test('each step can break off, before it is done or after', async () => {
  for (let step = 1, isOver = false; !isOver; step++)
    for (const isDone of [false, true]) {
      const userId = await program.person(`ann${step}${isDone}`);
      await erasePerson(program.core, meta(), { userId });
      const { erasing, calls } = breaking(step, isDone);
      const first = await erasing.carryOut(userId, 'test').catch((error: unknown) => error);
      // There is no such step.
      isOver = calls() < step;
      if (!isOver) expect(first).toBeInstanceOf(Unavailable);
      expect(await breaking(0, false).erasing.carryOut(userId, 'again')).toEqual(expect.any(String));
      const types = (await program.stores.events.readStream(`erasure-${userId}`)).map(({ type }) => type);
      expect(types).toEqual(['ErasureRequested', 'ErasureStarted', 'ErasureCertified']);
      const own = await program.stores.events.readStream(`user-${userId}`);
      expect(own.filter(({ type }) => type === 'PersonErased')).toHaveLength(1);
      expect(Buffer.alloc(32).equals((await program.stores.keys.get([userId]))[0]!)).toBe(true);
      if (isOver) expect(step).toBeGreaterThan(5);
    }
});
