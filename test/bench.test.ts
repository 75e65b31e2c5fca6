// That every bench runs, on sizes that say nothing about speed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Figure } from '../bench/figure.ts';

const script = resolve(import.meta.dirname, '../bench/run.ts');

const bench = async (...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> => {
  const child = spawn(process.execPath, ['--expose-gc', script, ...args], { env: { ...process.env, BENCH_IRC: '' } });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  await once(child, 'close');
  return { code: child.exitCode, out, err };
};

describe('npm run bench', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verbatim-bench-test-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('every figure stands beside its reference, in a table and in a file', { timeout: 300_000 }, async () => {
    const file = join(folder, 'figures.json');
    const { code, out, err } = await bench('--tiny', '--json', file);
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    const figures = JSON.parse(await readFile(file, 'utf8')) as Figure[];
    expect(figures.map(({ name }) => name)).toEqual([
      'sends',
      'sends-cpu',
      'guarded-sends',
      'guarded-sends-cpu',
      'deliveries',
      'reconnect',
      'reconnect-cpu',
      'reconnect-others',
      'latency',
      'latency-p99',
      'rebuild',
      'rebuild-sends',
      'rebuild-reads',
      'export',
      'verify-export',
      'verify',
      'seal',
      'page',
      'marked-page',
      'full-page',
      'past-page',
      'sync',
      'idle-memory',
      'ready',
      'loop-delay',
      'import',
      'search',
      'search-p99',
    ]);
    for (const figure of figures) {
      expect(Object.keys(figure)).toEqual(['name', 'value', 'unit', 'reference', 'ratio']);
      expect(figure.unit).not.toBe('');
      for (const number of [figure.value, figure.reference, figure.ratio]) expect(number).toBeTypeOf('number');
      expect(out).toContain(figure.name);
    }
  });

  test('one of them runs alone', { timeout: 60_000 }, async () => {
    const { code, out } = await bench('import', '--tiny');
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual(['name', 'import', '']);
  });

  test('a bench that does not exist is refused by name', async () => {
    const { code, err } = await bench('speed');
    expect(code).toBe(2);
    expect(err).toContain('There is no bench speed.');
  });
});
