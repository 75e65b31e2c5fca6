// The dashboard and the alert rules ask only for figures that a process has.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMetrics } from '../src/metrics.ts';

const read = (name: string): string => readFileSync(new URL(`../deploy/${name}`, import.meta.url), 'utf8');

test.each(['grafana-dashboard.json', 'prometheus-rules.yml'])('deploy/%s', async (name) => {
  const { registry } = createMetrics({ sockets: () => 0, lag: async () => 0 }, () => new Date());
  const text = await registry.metrics();
  const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, metric]) => metric));
  const asked = [...read(name).matchAll(/\b((?:verbatim|nodejs|process)_[a-z0-9_]+)\b/g)].map(([, metric]) =>
    metric!.replace(/_bucket$/, ''),
  );
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((metric) => !known.has(metric))).toEqual([]);
});

test('the dashboard is JSON whose panels each have a question', () => {
  const { panels } = JSON.parse(read('grafana-dashboard.json'));
  expect(panels.length).toBeGreaterThan(0);
  for (const { title, targets } of panels) expect([title, targets.length > 0]).toEqual([title, true]);
});
