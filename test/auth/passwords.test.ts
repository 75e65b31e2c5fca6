// Passwords: which bytes count, what the time of a sign-in reveals, and when a password is hashed again.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { getRounds } from 'bcryptjs';
import { afterAll, describe, expect, it } from 'vitest';
import { bcryptInput, comparisons } from '../../src/auth/passwordScheme.ts';
import { createPasswords, PASSWORD_LIMIT } from '../../src/auth/passwords.ts';
import { Busy } from '../../src/auth/workerPool.ts';

// The lowest cost bcrypt has: these rules do not depend on it.
const passwords = createPasswords({ cost: 4 });
afterAll(() => passwords.close());

const hashAt = async (cost: number, password: string): Promise<string> => {
  const others = createPasswords({ cost });
  try {
    return await others.hash(password, null);
  } finally {
    await others.close();
  }
};

describe('a password', () => {
  it('is verified by what was kept of it, and another is not', async () => {
    const hash = await passwords.hash('correct horse', null);
    expect(await passwords.verify('correct horse', hash, null)).toBe(true);
    expect(await passwords.verify('correct horsf', hash, null)).toBe(false);
    expect(await passwords.verify('', hash, null)).toBe(false);
  });

  it('is kept under its scheme, with a salt of its own, and does not show', async () => {
    const [first, second] = await Promise.all([
      passwords.hash('correct horse', null),
      passwords.hash('correct horse', null),
    ]);
    expect(first).toMatch(/^v1\$\$2b\$04\$[./A-Za-z0-9]{53}$/);
    expect(first).not.toBe(second);
    expect(first).not.toContain('horse');
  });

  it('counts to its last byte, beyond the 72 that bcrypt reads', async () => {
    const start = 'a'.repeat(72);
    const hash = await passwords.hash(`${start}b`, null);
    expect(await passwords.verify(`${start}b`, hash, null)).toBe(true);
    expect(await passwords.verify(`${start}c`, hash, null)).toBe(false);
    expect(await passwords.verify(start, hash, null)).toBe(false);
  });

  it('counts beyond a NUL', async () => {
    const hash = await passwords.hash('front\0back', null);
    expect(await passwords.verify('front\0back', hash, null)).toBe(true);
    expect(await passwords.verify('front\0other', hash, null)).toBe(false);
    expect(await passwords.verify('front', hash, null)).toBe(false);
  });

  it('may be of 64 characters of any script, and long', async () => {
    for (const password of ['馬'.repeat(64), '🐎'.repeat(64), 'x'.repeat(PASSWORD_LIMIT)]) {
      const hash = await passwords.hash(password, null);
      expect(await passwords.verify(password, hash, null)).toBe(true);
      expect(await passwords.verify(`${password.slice(0, -2)}??`, hash, null)).toBe(false);
    }
  });

  it('is the same however the keyboard composes its letters', async () => {
    expect(await passwords.verify('cafe\u0301', await passwords.hash('caf\u00e9', null), null)).toBe(true);
  });

  it('is the same with spaces around, whichever API set it and whichever checks it', async () => {
    for (const [set, typed] of [
      [' correct horse ', 'correct horse'],
      ['correct horse', '\u00a0correct horse\n'],
    ] as const)
      expect(await passwords.verify(typed, await passwords.hash(set, null), null)).toBe(true);
    expect(await passwords.verify('correct  horse', await passwords.hash('correct horse', null), null)).toBe(false);
  });

  it('of a megabyte is refused before any work', async () => {
    const huge = 'x'.repeat(1_000_000);
    const idle = createPasswords({ cost: 4, workers: 0, patience: 1 });
    await expect(idle.hash(huge, null)).rejects.toThrow(RangeError);
    expect(await idle.verify(huge, undefined, null)).toBe(false);
    await expect(idle.verify('short', undefined, null)).rejects.toThrow(Busy);
  });

  it('reaches bcrypt as 64 characters, which it reads whole', () => {
    for (const password of ['', 'a', 'x'.repeat(5000), '\0'])
      expect(bcryptInput(password)).toMatch(/^[A-Za-z0-9+/]{64}$/);
  });
});

describe('the time of a sign-in', () => {
  const rounds = (hashes: readonly string[]): number => hashes.reduce((sum, hash) => sum + 2 ** getRounds(hash), 0);

  it('is the same work for an unknown account as for a wrong password', async () => {
    const known = comparisons(await passwords.hash('correct horse', null), 4);
    const unknown = comparisons(undefined, 4);
    expect(unknown.hashes).toHaveLength(known.hashes.length);
    expect(unknown.hashes.map(getRounds)).toEqual(known.hashes.map(getRounds));
    expect(unknown.hashes.map((hash) => hash.length)).toEqual(known.hashes.map((hash) => hash.length));
    expect({ known: known.known, unknown: unknown.known }).toEqual({ known: true, unknown: false });
  });

  it('is the same work for an account whose hash is of a lower cost, or unreadable', async () => {
    const old = await hashAt(4, 'correct horse');
    for (const stored of [undefined, old, await hashAt(6, 'correct horse'), 'sha1$somebody', 'v1$$2b$31$'])
      expect(rounds(comparisons(stored, 8).hashes)).toBe(2 ** 8);
  });

  it('is spent in vain for an unknown account: no password opens it', async () => {
    for (const password of ['', 'correct horse', '.'.repeat(53)])
      expect(await passwords.verify(password, undefined, null)).toBe(false);
  });

  it('opens an account whose hash is of a lower cost to the right password only', async () => {
    const old = await hashAt(4, 'correct horse');
    const dearer = createPasswords({ cost: 6 });
    expect(await dearer.verify('correct horse', old, null)).toBe(true);
    expect(await dearer.verify('wrong horse', old, null)).toBe(false);
    await dearer.close();
  });
});

describe('hashing again', () => {
  it('is due when the cost has risen, and not when it is the same or has fallen', async () => {
    const hash = await hashAt(5, 'correct horse');
    const due = [4, 5, 6].map((cost) => createPasswords({ cost }).needsRehash(hash));
    expect(due).toEqual([false, false, true]);
  });

  it('is due for a hash of another scheme', () => {
    for (const hash of ['', `$2b$10$${'.'.repeat(53)}`, `v0$$2b$10$${'.'.repeat(53)}`, 'plain'])
      expect(passwords.needsRehash(hash)).toBe(true);
  });
});

describe('many sign-ins at once', () => {
  it('wait so long and no longer: then they are refused as busy', async () => {
    const narrow = createPasswords({ cost: 4, workers: 0, patience: 10 });
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => narrow.verify('x', undefined, null)));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: expect.any(Busy) });
    await narrow.close();
  });

  it('of one address wait for each other, and those of another come between', async () => {
    const narrow = createPasswords({ cost: 4, workers: 1, patience: 60_000 });
    const done: string[] = [];
    const ask = (address: string) => narrow.verify('x', undefined, address).then(() => done.push(address));
    const many = Array.from({ length: 48 }, () => ask('192.0.2.1'));
    await ask('192.0.2.2');
    expect(done.length).toBeLessThanOrEqual(3);
    await Promise.all(many);
    await narrow.close();
  });

  it('of an IPv6 network take one turn together', async () => {
    const narrow = createPasswords({ cost: 4, workers: 1, patience: 60_000 });
    const done: string[] = [];
    const ask = (address: string) => narrow.verify('x', undefined, address).then(() => done.push(address));
    const many = Array.from({ length: 12 }, (_, i) => ask(`2001:db8:1:2::${i + 1}`));
    await ask('2001:db8:1:3::1');
    expect(done.length).toBeLessThanOrEqual(3);
    await Promise.all(many);
    await narrow.close();
  });

  it('refuses a cost that is no cost', () => {
    for (const cost of [3, 16, 31, 4.5, Number.NaN]) expect(() => createPasswords({ cost })).toThrow(RangeError);
  });

  it('do not keep the process from ending', async () => {
    const module = new URL('../../src/auth/passwords.ts', import.meta.url).href;
    const program = `import { createPasswords } from '${module}';
      console.log((await createPasswords({ cost: 4 }).hash('x', null)).length);`;
    const ended = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 20_000,
    });
    expect(ended.stdout.trim()).toBe('63');
  });
});
