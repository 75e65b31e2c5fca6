// The secret in the data directory: made once, kept, and readable by its owner alone.

import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSecrets, secretsOf } from '../../src/auth/secret.ts';

/** The one secret of a new data directory. */
const loadSecret = async (dataDir: string): Promise<Uint8Array> => (await loadSecrets(dataDir))[0];

describe('the secret', () => {
  let root: string;
  let dataDir: string;
  const mode = async (): Promise<number> => (await stat(join(dataDir, 'secret'))).mode & 0o777;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'verbatim-secret-'));
    dataDir = join(root, 'data');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is made at the first start, for its owner alone, and is the same at every later one', async () => {
    const made = await loadSecret(dataDir);
    expect(made.byteLength).toBe(64);
    expect(await mode()).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['secret']);
    expect(Buffer.from(await loadSecret(dataDir)).equals(made)).toBe(true);
  });

  it('is another one in another directory', async () => {
    const [one, other] = [await loadSecret(dataDir), await loadSecret(join(root, 'other'))];
    expect(Buffer.from(one).equals(other)).toBe(false);
  });

  it('is one secret, even if several processes make it at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => loadSecret(dataDir)));
    expect(new Set(all.map((each) => Buffer.from(each).toString())).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['secret']);
  });

  it('keeps every token valid where the content of its file is given as a setting', async () => {
    const made = await loadSecret(dataDir);
    const text = await readFile(join(dataDir, 'secret'), 'utf8');
    expect(Buffer.from(secretsOf(text)[0]).equals(made)).toBe(true);
    expect(Buffer.from(secretsOf(text.trim())[0]).equals(made)).toBe(true);
  });

  it('is closed to others when they could read it', async () => {
    const made = await loadSecret(dataDir);
    await chmod(join(dataDir, 'secret'), 0o644);
    expect(Buffer.from(await loadSecret(dataDir)).equals(made)).toBe(true);
    expect(await mode()).toBe(0o600);
  });

  it('is never replaced when its file is damaged: the start is refused', async () => {
    await loadSecret(dataDir);
    for (const content of [
      '',
      'x'.repeat(31),
      `${'x'.repeat(20)}${' '.repeat(30)}`,
      'x'.repeat(5000),
      'x'.repeat(20_000),
    ]) {
      await writeFile(join(dataDir, 'secret'), content);
      await expect(loadSecret(dataDir)).rejects.toThrow('cannot be used');
      expect(await readFile(join(dataDir, 'secret'), 'utf8')).toBe(content);
    }
  });

  it('cannot be made where no directory can be', async () => {
    await writeFile(dataDir, 'in the way');
    await expect(loadSecret(dataDir)).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});
