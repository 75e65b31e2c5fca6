import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { folderOf } from '../../../src/store/embedded/viewFiles.ts';
import { type EmbeddedViewOptions, openEmbeddedViewStore } from '../../../src/store/embedded/viewStore.ts';
import { bootId } from '../../../src/store/embedded/viewWriter.ts';
import { Switched, Unavailable, type ViewStore } from '../../../src/store/ports.ts';
import { viewStoreContract } from '../../contracts/viewStore.contract.ts';
import { eventually } from '../../support/eventually.ts';
import { upTo } from '../../support/upTo.ts';
import { counted, counting } from './viewWriterProcess.ts';

const newDirectory = () => mkdtemp(join(tmpdir(), 'verbatim-views-'));

viewStoreContract('files', async (shape) => {
  const directory = await newDirectory();
  let store = await openEmbeddedViewStore({ directory, shape });
  return {
    store,
    async close() {
      await store.close();
      await rm(directory, { recursive: true });
    },
    async reopen(other = shape) {
      await store.close();
      store = await openEmbeddedViewStore({ directory, shape: other });
      return store;
    },
  };
});

describe('views in files', () => {
  let directory: string;
  let stores: ViewStore[];

  beforeEach(async () => {
    directory = await newDirectory();
    stores = [];
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    await rm(directory, { recursive: true });
  });

  const openViews = async (options: Partial<EmbeddedViewOptions> = {}) => {
    const store = await openEmbeddedViewStore({ directory, shape: counted, ...options });
    stores.push(store);
    return store;
  };
  const events = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => counting(first + index));
  const counter = async (store: ViewStore) => (await store.get('counters', ['all']))[0]?.count;
  const folder = () => folderOf(directory, counted.version);
  const files = async () => (await readdir(folder())).filter((name) => !/\.(lock|json)$|-(wal|shm)$/.test(name));
  const servingFile = async () => {
    const { generation } = JSON.parse(await readFile(join(folder(), 'views.json'), 'utf8')) as { generation: number };
    return join(folder(), `views-${generation}.db`);
  };
  /** Views up to 100, closed. */
  const kept = async () => {
    const store = await openViews();
    await store.apply(events(1, 100), upTo(100));
    await store.close();
  };

  describe('that were rebuilt', () => {
    it('are turned to, and the old ones dropped', async () => {
      const store = await openViews();
      const switched = vi.fn();
      store.onSwitch(switched);
      await store.apply(events(1, 10), upTo(10));
      const build = await store.build();
      await build.apply(events(1, 10), upTo(10));
      await store.apply(events(11, 12), upTo(12));
      await build.apply(events(11, 20), upTo(20));
      expect(switched).not.toHaveBeenCalled();
      await build.finish();
      expect(switched).toHaveBeenCalledOnce();
      expect(await store.checkpoint()).toMatchObject({ position: 20 });
      expect(await counter(store)).toBe(20);
      await store.apply(events(13, 25), upTo(25));
      expect(await counter(store)).toBe(25);
      expect(await files()).toHaveLength(1);
    });

    it('serve after a close that came while they were turned to', async () => {
      const store = await openViews();
      await store.apply(events(1, 10), upTo(10));
      const build = await store.build();
      await build.apply(events(1, 20), upTo(20));
      const finished = build.finish();
      await Promise.all([store.close(), finished]);
      expect(await counter(await openViews())).toBe(20);
      expect(await files()).toHaveLength(1);
    });

    it('serve, also where the system does not let go of the old ones', async () => {
      const store = await openViews();
      const away = `${directory} away`;
      store.onSwitch(() => renameSync(directory, away));
      const build = await store.build();
      await build.apply(events(1, 10), upTo(10));
      await build.complete();
      await build.finish();
      await rename(away, directory);
      expect(await store.checkpoint()).toMatchObject({ position: 10 });
      await store.apply(events(11, 12), upTo(12));
      expect(await counter(store)).toBe(12);
    });

    it('cannot be read and take nothing away: the old ones serve and are written on', async () => {
      const store = await openViews();
      await store.apply(events(1, 10), upTo(10));
      const build = await store.build();
      await build.apply(events(1, 12), upTo(12));
      await build.complete();
      await truncate(build.place, 5000);
      await expect(build.finish()).rejects.toThrow(Unavailable);
      await store.apply(events(11, 20), upTo(20));
      await store.close();
      expect(await counter(await openViews())).toBe(20);
    });

    it('cannot be written at first, and can be written again after it', async () => {
      const store = await openViews();
      await store.apply(events(1, 10), upTo(10));
      const build = await store.build();
      await build.apply(events(1, 12), upTo(12));
      await build.complete();
      const other = new DatabaseSync(build.place);
      other.exec('BEGIN IMMEDIATE');
      await build.finish().catch(() => undefined);
      await store.checkpoint();
      await expect(store.apply(events(11, 20), upTo(20))).rejects.toThrow(Unavailable);
      other.exec('ROLLBACK');
      other.close();
      await store.apply(events(11, 20), upTo(20));
      expect(await counter(store)).toBe(20);
      await store.close();
      expect(await counter(await openViews())).toBe(20);
      expect(await files()).toHaveLength(1);
    });

    it('refuse a batch that would leave a gap, until their checkpoint is asked', async () => {
      const store = await openViews();
      await store.apply(events(1, 10), upTo(10));
      const build = await store.build();
      await build.apply(events(1, 5), upTo(5));
      await build.finish();
      await expect(store.apply(events(11, 12), upTo(12))).rejects.toThrow(Switched);
      await expect(store.apply(events(13, 14), upTo(14))).rejects.toThrow(Switched);
      expect(await store.checkpoint()).toMatchObject({ position: 5 });
      expect(await counter(store)).toBe(5);
      await store.apply(events(6, 12), upTo(12));
      expect(await counter(store)).toBe(12);
    });

    it('refuse a batch handed over before the swap, whoever asked for their checkpoint since', async () => {
      const store = await openViews();
      await store.apply(events(1, 10), upTo(10));
      const switched = vi.fn(() => store.checkpoint());
      store.onSwitch(switched);
      const build = await store.build();
      await build.apply(events(1, 5), upTo(5));
      const finished = build.finish();
      const handed: Promise<unknown>[] = [];
      while (switched.mock.calls.length === 0) {
        handed.push(store.apply(events(11, 12), upTo(12)).catch((error: unknown) => error));
        await turn();
      }
      await finished;
      // Each went wholly to the old views, or was refused; none to the new ones.
      for (const answer of await Promise.all(handed)) if (answer !== undefined) expect(answer).toBeInstanceOf(Switched);
      expect(await store.checkpoint()).toMatchObject({ position: 5 });
      expect(await counter(store)).toBe(5);
    });

    it('take each batch wholly or not at all while they are swapped', async () => {
      const store = await openViews();
      const switched = vi.fn();
      store.onSwitch(switched);
      await store.apply(events(1, 7), upTo(7));
      const build = await store.build();
      await build.apply(events(1, 50), upTo(50));
      const finished = build.finish();
      for (let position = 7; switched.mock.calls.length === 0 || position < 60; ) {
        await store.apply(events(position + 1, position + 7), upTo(position + 7)).catch((error: unknown) => {
          expect(error).toBeInstanceOf(Switched);
        });
        const [{ position: checkpoint }, count] = await Promise.all([store.checkpoint(), counter(store)]);
        expect(count).toBe(checkpoint);
        position = checkpoint;
      }
      await finished;
    });
  });

  describe('that cannot be used start empty', () => {
    const startsEmpty = async (options: Partial<EmbeddedViewOptions> = {}) => {
      const store = await openViews(options);
      expect(await store.checkpoint()).toMatchObject({ position: 0 });
      expect(await counter(store)).toBeUndefined();
      await store.apply(events(1, 3), upTo(3));
      expect(await counter(store)).toBe(3);
      expect(await files()).toHaveLength(1);
    };

    it('when the file is missing, cut off or overwritten', async () => {
      for (const harm of [
        (file: string) => rm(file),
        (file: string) => truncate(file, 0),
        (file: string) => truncate(file, 700),
        (file: string) => writeFile(file, 'no database, but long enough to be looked at'.repeat(500)),
      ]) {
        await kept();
        await harm(await servingFile());
        await startsEmpty();
        await stores.pop()?.close();
        for (const name of await readdir(folder())) await rm(join(folder(), name));
      }
    });

    it('when what names the serving ones is damaged', async () => {
      await kept();
      await writeFile(join(folder(), 'views.json'), '{"gener');
      await startsEmpty();
    });

    it.skipIf(bootId() === undefined)(
      'when the system ended while they were written, but not when it ended later',
      async () => {
        await kept();
        const store = await openViews();
        expect(await store.checkpoint()).toMatchObject({ position: 100 });
        await store.apply(events(101, 102), upTo(102));
        const file = new DatabaseSync(await servingFile());
        expect(file.prepare('SELECT boot FROM about').get()?.boot).toBe(bootId());
        await store.close();
        expect(file.prepare('SELECT boot FROM about').get()?.boot).toBeNull();
        file.exec("UPDATE about SET boot = 'an earlier boot'");
        file.close();
        await startsEmpty();
      },
    );
  });

  it('that turn out damaged while serving are an outage, and replaced by empty ones', async () => {
    const store = await openViews();
    await store.apply(events(1, 400), upTo(400));
    await store.close();
    const file = await servingFile();
    const handle = await open(file, 'r+');
    const { size } = await stat(file);
    await handle.write(Buffer.alloc(size - 40_960, 0x5a), 0, size - 40_960, 40_960);
    await handle.close();

    const damaged = await openViews();
    const switched = vi.fn();
    damaged.onSwitch(switched);
    await expect(damaged.find('entries', { where: { parity: 1 }, sort: 'position', limit: 500 })).rejects.toThrow(
      Unavailable,
    );
    await eventually(() => expect(switched).toHaveBeenCalled());
    expect(await damaged.checkpoint()).toMatchObject({ position: 0 });
    await damaged.apply(events(1, 3), upTo(3));
    expect(await counter(damaged)).toBe(3);
  });

  it('that cannot be written are an outage, and can be written again after it', async () => {
    const store = await openViews();
    await store.apply(events(1, 3), upTo(3));
    const other = new DatabaseSync(await servingFile());
    other.exec('BEGIN IMMEDIATE');
    await expect(store.apply(events(4, 6), upTo(6))).rejects.toThrow(Unavailable);
    expect(await counter(store)).toBe(3);
    other.exec('ROLLBACK');
    other.close();
    await store.apply(events(4, 6), upTo(6));
    expect(await counter(store)).toBe(6);
  });

  it('are built one at a time; what a crashed build left is removed, what a running one makes is not', async () => {
    await mkdir(folder());
    const left = join(folder(), 'views-7.db');
    await writeFile(left, 'left by a crash');
    const store = await openViews();
    expect(await files()).toHaveLength(1);
    await writeFile(left, 'left by a crash');
    const build = await store.build();
    await expect(store.build()).rejects.toThrow(Unavailable);
    const [serving] = await files();
    for (let position = 1; position <= 5; position++) await build.apply(events(position, position), upTo(position));
    expect(await files()).toHaveLength(2);
    await build.abandon();
    await expect(build.finish()).rejects.toThrow('ended');
    expect(await files()).toEqual([serving]);
    await (await store.build()).finish();
  });

  it('being built when the store is closed are dropped', async () => {
    const store = await openViews();
    const build = await store.build();
    await build.apply(events(1, 3), upTo(3));
    await store.close();
    expect(await files()).toEqual(['views-1.db']);
    await expect(build.apply(events(4, 5), upTo(5))).rejects.toThrow('ended');
  });

  it('report what went wrong in a build by its finish at the latest, and serve on', async () => {
    const store = await openViews();
    await store.apply(events(1, 3), upTo(3));
    const build = await store.build();
    await build.apply([counting(1)], upTo(1));
    const wrong = { op: 'add', collection: 'entries', id: 'entry-1', field: 'text', by: 1 } as const;
    await build.apply([{ position: 2, changes: [wrong] }], upTo(2));
    await expect(build.finish()).rejects.toThrow(TypeError);
    expect(await counter(store)).toBe(3);
    expect(await files()).toEqual(['views-1.db']);
  });

  describe('of a process', () => {
    const script = join(import.meta.dirname, 'viewWriterProcess.ts');
    const writer = (...more: string[]) =>
      spawn(process.execPath, [script, directory, ...more], { stdio: ['ignore', 'pipe', 'inherit'] });

    it('that is killed hold exactly what their checkpoint says, and all that was answered', async () => {
      for (let round = 0; round < 8; round++) {
        const child = writer();
        const answers: number[] = [];
        const lines = createInterface({ input: child.stdout }).on('line', (line) => answers.push(Number(line)));
        const target = 1 + Math.floor(Math.random() * 30);
        while (answers.length < target) await once(lines, 'line');
        child.kill('SIGKILL');
        await once(child, 'close');

        const store = await openViews();
        const { position: checkpoint } = await store.checkpoint();
        expect(checkpoint).toBeGreaterThanOrEqual(answers.at(-1) as number);
        expect(await counter(store)).toBe(checkpoint);
        const [last] = await store.get('entries', [`entry-${checkpoint}`]);
        expect(last?.position).toBe(checkpoint);
        expect(await store.get('entries', [`entry-${checkpoint + 1}`])).toEqual([undefined]);
        await store.close();
      }
    });

    it.skipIf(process.platform === 'win32')(
      'that finds the disk full are whole, and go on once there is room',
      async () => {
        const limited = `ulimit -f 1500; exec "$0" "$@"`;
        const child = spawn('sh', ['-c', limited, process.execPath, script, directory], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
        expect(error).toContain('Unavailable: the store of views is unavailable');

        const store = await openViews();
        const { position: checkpoint } = await store.checkpoint();
        expect(checkpoint).toBe(Number(out.trim().split('\n').at(-1)));
        expect(await counter(store)).toBe(checkpoint);
        await store.apply([counting(checkpoint + 1)], upTo(checkpoint + 1));
        expect(await counter(store)).toBe(checkpoint + 1);
      },
    );

    it('do not keep it running when it has nothing more to do', async () => {
      const child = writer('300');
      child.stdout.resume();
      const [code] = (await once(child, 'close')) as [number];
      expect(code).toBe(0);
    });
  });
});
