// The versions of the two servers are named in several places, which must agree.

import { readFileSync } from 'node:fs';
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
