// What the figures count.

import { expect, test } from 'vitest';
import { createMetrics } from '../src/metrics.ts';
import { Unavailable } from '../src/store/ports.ts';

test('a message is visible once, and only if it was recorded while the process serves', async () => {
  const metrics = createMetrics({ sockets: () => 0, lag: async () => 0 }, () => new Date('2026-01-01T00:00:01Z'));
  const visible = metrics.visibleAfter(10);
  const at = '2026-01-01T00:00:00.000Z';
  // The views are built again up to 11, and take 11 and 12 once more.
  for (const position of [9, 10, 11, 12, 11, 12, 13]) visible({ type: 'MessageSent', at, position });
  visible({ type: 'UserRegistered', at, position: 14 });
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/^verbatim_visible_seconds_count 3$/m);
  expect(text).toMatch(/^verbatim_visible_seconds_sum 3$/m);
});

test('while the log is away its lag is not known, and all other figures are told', async () => {
  let failure: Error | undefined;
  const lag = () => (failure ? Promise.reject(failure) : Promise.resolve(7));
  const metrics = createMetrics({ sockets: () => 3, lag }, () => new Date());
  expect(await metrics.registry.metrics()).toMatch(/^verbatim_projector_lag 7$/m);
  failure = new Unavailable('events');
  const text = await metrics.registry.metrics();
  expect(text).not.toMatch(/^verbatim_projector_lag /m);
  expect(text).toMatch(/^verbatim_sockets 3$/m);
  failure = undefined;
  expect(await metrics.registry.metrics()).toMatch(/^verbatim_projector_lag 7$/m);
});
