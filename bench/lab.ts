// What all benches of one run share: the sizes, the cores, a folder, the stores once filled, the servers once started.

import { cpSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Child, startChild } from './child.ts';
import { type Cores, moveToLoad, ownCores, shareCores } from './cores.ts';
import { environment } from './environment.ts';
import type { Seed, Seeded } from './seed.ts';
import type { Sizes } from './sizes.ts';

const here = import.meta.dirname;
const probe = join(here, 'probe.ts');
const plainHistory = join(here, 'plain/register.ts');
const LISTENS = /listens on (http:\/\/[^\s,]+)/;

export interface Server {
  readonly url: string;
  readonly child: Child;
}

export interface ProgramAs {
  /** Its history neither chains nor encrypts what it records. */
  readonly isPlain?: boolean;
  /** In addition to those of every program under load. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Lab {
  readonly sizes: Sizes;
  readonly cores: Cores;
  /** An empty folder of its own. */
  folder(name: string): Promise<string>;
  /** A store with people and messages in it, filled once in a run; each call gives a fresh copy. */
  seeded(seed: Seed): Promise<Seeded>;
  /** The program on a store, on the server's core. Stopped at the end of the run at the latest. */
  program(dataDir: string, as?: ProgramAs): Promise<Server>;
  /** The bare reference on an empty store, on the same core. */
  bare(): Promise<Server>;
  /** A script of this folder in a process of its own. */
  script(name: string, args: readonly string[], on: keyof Cores): Child;
  /** The same result again, for benches that stand on one measurement. */
  once<T>(name: string, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export const programArgs = [join(here, '../bin/verbatim.js')];

export const openLab = async (sizes: Sizes): Promise<Lab> => {
  const root = await mkdtemp(join(tmpdir(), 'verbatim-bench-'));
  const cores = shareCores(ownCores());
  moveToLoad(cores);
  const children = new Set<Child>();
  const results = new Map<string, Promise<unknown>>();
  let folders = 0;

  const keep = (child: Child): Child => {
    children.add(child);
    return child;
  };
  const serverOn = async (args: readonly string[], env: Record<string, string>): Promise<Server> => {
    const child = keep(startChild(['--expose-gc', '--import', probe, ...args], { on: cores.server, env }));
    const [, url] = await child.line(LISTENS);
    return { url: url!, child };
  };
  const once = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const known = results.get(name) ?? work();
    results.set(name, known);
    return known as Promise<T>;
  };
  const folder = async (name: string): Promise<string> => {
    const path = join(root, `${name}-${folders++}`);
    await mkdir(path);
    return path;
  };
  const script: Lab['script'] = (name, args, on) => keep(startChild([resolve(here, name), ...args], { on: cores[on] }));

  const seededOnce = (seed: Seed): Promise<Seeded> =>
    once(`seed ${JSON.stringify(seed)}`, async () => {
      const dataDir = await folder('seeded');
      return JSON.parse(await script('seedProcess.ts', [dataDir, JSON.stringify(seed)], 'all').output()) as Seeded;
    });

  return {
    sizes,
    cores,
    folder,
    once,
    script,
    seeded: async (seed) => {
      const seeded = await seededOnce(seed);
      const dataDir = await folder('store');
      cpSync(seeded.dataDir, dataDir, { recursive: true });
      return { ...seeded, dataDir };
    },
    program: (dataDir, { isPlain = false, settings } = {}) =>
      serverOn([...(isPlain ? ['--import', plainHistory] : []), ...programArgs, 'serve'], {
        ...environment(dataDir),
        ...settings,
      }),
    bare: async () => serverOn([join(here, 'bareServer.ts'), await folder('bare')], {}),
    close: async () => {
      await Promise.allSettled([...children].map((child) => child.stop()));
      await rm(root, { recursive: true, force: true });
    },
  };
};
