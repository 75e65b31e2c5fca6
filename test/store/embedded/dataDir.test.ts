import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataDirUnusable, openDataDir } from '../../../src/store/embedded/dataDir.ts';

let root: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'verbatim-dir-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(root, { recursive: true });
});

/** Another process that holds the directory. */
async function holder(path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'holdDataDir.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

async function refusalOf(path: string): Promise<string> {
  const refusal = await openDataDir(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(DataDirUnusable);
  return (refusal as Error).message;
}

describe('the data directory', () => {
  it('is made for its owner only', async () => {
    const dir = await openDataDir(join(root, 'a', 'data'));
    expect(dir.path).toBe(join(root, 'a', 'data'));
    expect((await stat(dir.path)).mode & 0o777).toBe(0o700);
    await dir.release();
  });

  it('keeps the mode its owner gave it', async () => {
    await mkdir(join(root, 'data'));
    await chmod(join(root, 'data'), 0o750);
    const dir = await openDataDir(join(root, 'data'));
    expect((await stat(dir.path)).mode & 0o777).toBe(0o750);
    await dir.release();
  });

  it('is refused to a second process, which is told who holds it, and stays with the first', async () => {
    const child = await holder(root);
    for (let again = 0; again < 2; again++) {
      const message = await refusalOf(root);
      expect(message).toContain(`process ${child.pid},`);
      expect(message).toContain(root);
    }
    expect(child.exitCode).toBeNull();
  });

  it('is refused to the same process a second time, and free once released', async () => {
    const dir = await openDataDir(root);
    expect(await refusalOf(root)).toContain(`process ${process.pid},`);
    expect(await refusalOf(root)).toContain('in use');
    await dir.release();
    await dir.release();
    await (await openDataDir(root)).release();
  });

  it('is taken over from a process that was killed', async () => {
    const child = await holder(root);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await readdir(root)).toContain('lock-owner.json');
    const dir = await openDataDir(root);
    expect(await refusalOf(root)).toContain(`process ${process.pid},`);
    await dir.release();
  });

  it('goes to one of several that want it at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => openDataDir(root)));
    const [dir, ...others] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(others).toEqual([]);
    await dir?.release();
  });

  it('is refused with the reason when it is not a directory or cannot be made', async () => {
    await writeFile(join(root, 'file'), '');
    expect(await refusalOf(join(root, 'file'))).toMatch(/cannot be written to: .+ set another DATA_DIR/);
    expect(await refusalOf(join(root, 'file', 'data'))).toContain('ENOTDIR');
  });

  it.skipIf(process.getuid?.() === 0)('is refused when it cannot be written to', async () => {
    await chmod(root, 0o500);
    expect(await refusalOf(root)).toContain('EACCES');
    await chmod(root, 0o700);
  });
});
