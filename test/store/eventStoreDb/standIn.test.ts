// The stand-in for an EventStoreDB node does what a node does. With EVENTSTORE_URL set the same is asked of that node.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { expect, it, onTestFinished } from 'vitest';
import { eventStoreDbWireContract } from '../../contracts/eventStoreDbWire.contract.ts';
import { findNode, realNodeUrl } from '../../support/eventStoreDb/findNode.ts';

eventStoreDbWireContract(realNodeUrl ? 'the node EVENTSTORE_URL names' : 'the stand-in', findNode);

const main = fileURLToPath(new URL('../../support/eventStoreDb/main.ts', import.meta.url));

/** Runs the stand-in as a process of its own. */
async function spawnStandIn(file: string) {
  const child = spawn(process.execPath, [main, '--file', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  const client = EventStoreDBClient.connectionString(line.toString().trim());
  onTestFinished(() => client.dispose());
  return { client, kill };
}

it('what the stand-in answered is there after it was killed in the midst of appends', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'verbatim-killed-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const file = join(dir, 'log.db');
  const first = await spawnStandIn(file);
  const answered: string[] = [];
  const append = async (stream: string): Promise<void> => {
    for (let revision = -1; ; revision += 1) {
      const event = jsonEvent({ type: 'Noted', data: { revision } });
      const expectedRevision = revision < 0 ? 'no_stream' : BigInt(revision);
      await first.client.appendToStream(stream, event, { expectedRevision });
      answered.push(event.id);
    }
  };
  const writing = Array.from({ length: 8 }, (_, i) => append(`note-${i}`));
  const ended = Promise.allSettled(writing);
  await expect.poll(() => answered.length).toBeGreaterThan(200);
  await first.kill();
  await ended;

  const second = await spawnStandIn(file);
  const kept = new Set<string>();
  for await (const { event } of second.client.readAll()) if (event) kept.add(event.id);
  expect(answered.filter((id) => !kept.has(id))).toEqual([]);
});
