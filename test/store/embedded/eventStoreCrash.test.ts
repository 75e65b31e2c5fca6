// Kills a process that appends, many times over, and looks at what is on disk.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { openEventLogReader } from '../../../src/store/embedded/eventLogReader.ts';
import { openEmbeddedEventStore } from '../../../src/store/embedded/eventStore.ts';

const ROUNDS = 4;

/**
 * Runs the process until it has printed `lines` lines, or a little more, and is killed, and gives all it printed. Killed
 * by itself it ends between two answers; killed from here, anywhere.
 */
async function appendUntilKilled(file: string, lines: number, by: 'itself' | 'us'): Promise<string[]> {
  const script = join(import.meta.dirname, 'appendForever.ts');
  const child = spawn(process.execPath, [script, file, ...(by === 'itself' ? [String(lines)] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed: string[] = [];
  const output = createInterface(child.stdout);
  output.on('line', (line) => {
    printed.push(line);
    if (by === 'us' && printed.length === lines) child.kill('SIGKILL');
  });
  const [[, signal]] = await Promise.all([once(child, 'close'), once(output, 'close')]);
  expect(signal).toBe('SIGKILL');
  // The last line may have been cut.
  return printed.filter((line) => line.split(' ').length === 4 && line.split(' ')[3] !== '');
}

it('every append answered before a kill -9 is there once, in its place, with no hole before it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'verbatim-crash-'));
  const file = join(dir, 'events.db');
  const answers = new Map<string, string>();
  for (let round = 0; round < ROUNDS; round++) {
    const lines = 1 + Math.floor(Math.random() * 200);
    for (const line of await appendUntilKilled(file, lines, round % 3 === 0 ? 'us' : 'itself')) {
      answers.set(line.slice(0, 36), line);
    }
    const found = readAll(file);
    expect(found.map(({ position }) => position)).toEqual(found.map((_, i) => i + 1));
    const last = new Map<string, number>();
    for (const { stream, revision } of found) {
      expect(revision).toBe((last.get(stream) ?? -1) + 1);
      last.set(stream, revision);
    }
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    const onDisk = new Set(found.map((e) => `${e.id} ${e.stream} ${e.revision} ${e.position}`));
    expect([...answers.values()].filter((line) => !onDisk.has(line))).toEqual([]);
  }
  expect(answers.size).toBeGreaterThan(ROUNDS);
  await (await openEmbeddedEventStore({ file })).close();
  await rm(dir, { recursive: true });
}, 60_000);

function readAll(file: string) {
  const reader = openEventLogReader(file);
  const all = [];
  for (let page = reader.readLog(0, 5000); page.length > 0; page = reader.readLog(all.length, 5000)) all.push(...page);
  reader.close();
  return all;
}
