// Runs the command line as an operator does: a process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const program = resolve(import.meta.dirname, '../../bin/verbatim.js');

/** Servers that the tests were given are used where a test says so. */
export const OWN = { EVENTSTORE_URL: '', MONGODB_URL: '', AUTH_SECRET: '', BCRYPT_COST: '4', LIMITS: 'off' };

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `around`: a command that runs the program, for instance strace with its options. */
export const startVerb = (
  args: readonly string[],
  env: Record<string, string>,
  around: readonly string[] = [],
): ChildProcess => {
  const [command, ...rest] = [...around, process.execPath, program, ...args];
  return spawn(command!, rest, { env: { ...process.env, ...OWN, ...env } });
};

export const ended = (child: ChildProcess): Promise<Ran> =>
  new Promise((done, reject) => {
    let out = '';
    let err = '';
    child.stdout!.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr!.on('data', (chunk) => {
      err += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => done({ code, out, err }));
  });

export const runVerb = (args: readonly string[], env: Record<string, string>): Promise<Ran> =>
  ended(startVerb(args, env));

/** The server, once it has said where it listens. */
export const startServer = async (
  env: Record<string, string>,
  around: readonly string[] = [],
  onSpawned: (child: ChildProcess) => void = () => undefined,
): Promise<{ url: string; child: ChildProcess }> => {
  const child = startVerb(['serve'], { PORT: '0', LOG_LEVEL: 'silent', ...env }, around);
  onSpawned(child);
  const url = await new Promise<string>((done, reject) => {
    let said = '';
    const listen = (chunk: Buffer): void => {
      said += chunk;
      const found = /listens on (http:\/\/[^\s,]+)/.exec(said);
      if (found) done(found[1]!);
    };
    child.stdout!.on('data', listen);
    child.stderr!.on('data', listen);
    child.on('close', () => reject(new Error(`the server did not start: ${said}`)));
  });
  return { url, child };
};

export const temporaryDirectory = async (): Promise<{ path: string; remove(): Promise<void> }> => {
  const path = await mkdtemp(join(tmpdir(), 'verbatim-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
};
