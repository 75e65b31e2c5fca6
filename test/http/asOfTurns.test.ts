// A read of the past that must ask many accounts waits for its user's turn, as every long list does.

import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { pastOf } from '../../src/http/asOf.ts';
import { ENDED } from '../../src/http/connection.ts';
import type { Context } from '../../src/http/context.ts';
import { createTurns } from '../../src/http/turns.ts';
import type { InTurn } from '../../src/projections/queries/documents.ts';
import type { Services } from '../../src/services.ts';

test('its steps end with the client, and beyond the first few wait for the turn', async () => {
  const turns = createTurns();
  let inTurn: InTurn | undefined;
  const services = {
    turns,
    events: { head: async () => 1 },
    logIdentity: { isPosition: async () => true },
    progress: { reached: async () => true },
    authenticator: { isGood: async () => true },
    queriesAt: (_: number, __: unknown, given: InTurn) => {
      inTurn = given;
    },
  } as unknown as Services;
  const identity = { user: { userId: 'ann', roles: [] }, scopes: null };
  const res = Object.assign(new EventEmitter(), { destroyed: false });
  const ctx = { res, state: { identity, requestId: 'one', address: '192.0.2.1' } } as unknown as Context;
  await pastOf(services, ctx, '1', { identity, origin: {}, params: {} } as never);
  const end = await turns.take('ann', new AbortController().signal);
  let taken = 0;
  const steps = (async () => {
    for (;;) await inTurn!(async () => taken++);
  })();
  const over = expect(steps).rejects.toMatchObject({ code: 'request-aborted' });
  await expect.poll(() => taken).toBe(8);
  end();
  await expect.poll(() => taken).toBeGreaterThan(8);
  res.emit(ENDED);
  await over;
});
