// The versions of the two servers are named in several places, which must agree.

import { readFileSync } from 'node:fs';
import { satisfies } from 'semver';
import { expect, test } from 'vitest';

const textOf = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const pinned = new Map(
  [...textOf('docker-compose.yml').matchAll(/^ {4}image: \$\{(\w+)_REGISTRY:-[^}]+\}:(\d+\.\d+\.\d+)/gm)].map(
    ([, server, version]) => [server, version!],
  ),
);

test.each([
  ['EVENTSTORE', 'docs/operations.md'],
  ['EVENTSTORE', 'test/contracts/eventStoreDbWire.contract.ts'],
  ['EVENTSTORE', 'test/support/eventStoreDb/wire.ts'],
  ['MONGO', 'docs/operations.md'],
])('docker-compose.yml runs one version of %s, which %s names', (server, file) => {
  expect(textOf(file)).toContain(pinned.get(server) ?? 'a pinned version');
});

test.each(['20.19.0', '22.12.0', '24.0.0'])('npm ci warns of no package on Node %s', (node) => {
  const { packages } = JSON.parse(textOf('package-lock.json')) as {
    packages: Record<string, { engines?: { node?: string }; optional?: boolean }>;
  };
  const unfit = Object.entries(packages)
    .filter(
      ([, { engines, optional }]) => engines?.node !== undefined && optional !== true && !satisfies(node, engines.node),
    )
    .map(([name, { engines }]) => `${name} ${engines!.node}`);
  expect(unfit).toEqual([]);
});
