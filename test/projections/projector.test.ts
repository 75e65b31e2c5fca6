// Views that do not fit the log: behind it, ahead of it, or made from another one.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGroup } from '../../src/commands/createGroup.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { readConfig } from '../../src/config.ts';
import { openEventReader } from '../../src/openAlone.ts';
import { collections, noMarks, shape } from '../../src/projections/index.ts';
import { type Building, createProjector } from '../../src/projections/projector.ts';
import { fillFrom, rebuild } from '../../src/projections/rebuild.ts';
import { projectViews } from '../../src/projectViews.ts';
import { openEmbeddedViewStore } from '../../src/store/embedded/viewStore.ts';
import {
  charsOf,
  PAGE_CHARS,
  type Recorded,
  Unavailable,
  type ViewBuild,
  type ViewStore,
} from '../../src/store/ports.ts';
import { eventsFile, type Stores, viewsDirectory } from '../../src/stores.ts';
import { meta, openCore } from '../support/core.ts';
import { createGate, instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { shapeOf } from '../support/shapeOf.ts';
import { viewsDump } from '../support/viewsDump.ts';

describe('views that are swapped for others', () => {
  test('which lack events take them, though nothing more is recorded', async () => {
    const program = await openCore();
    try {
      const ann = await program.person('ann');
      await program.settled();
      const whole = viewsDump(program.dataDir);
      const build = await program.stores.views.build();
      await build.finish();
      await program.settled();
      expect(await program.queries.user(ann)).toMatchObject({ username: 'ann' });
      expect(viewsDump(program.dataDir)).toEqual(whole);
    } finally {
      await program.dispose();
    }
  });

  test('are not read before they have what those before them had', async () => {
    const program = await openCore();
    try {
      const ann = await program.person('ann');
      await program.settled();
      const found: unknown[] = [];
      program.stores.views.onSwitch(() => found.push(program.queries.user(ann).catch((error: unknown) => error)));
      const build = await program.stores.views.build();
      await build.finish();
      expect(found).toHaveLength(1);
      const [answer] = await Promise.all(found);
      // Where that takes long it is an outage, and never an account that does not exist.
      if (!(answer instanceof Unavailable)) expect(answer).toMatchObject({ username: 'ann' });
    } finally {
      await program.dispose();
    }
  });
});

test('a projector tells why it builds and how far it is, and nothing of views that belong to another log', async () => {
  const program = await openCore();
  const directory = join(program.dataDir, 'foreign');
  const views = await openEmbeddedViewStore({ directory, shape });
  const over = new AbortController();
  try {
    await program.person('ann');
    const { events } = program.stores;
    const head = await events.head();
    await views.apply([], { position: head + 1, mark: '0 hash user-nobody' });
    const applied: number[] = [];
    const told: (Building | undefined)[] = [];
    const caughtUp = new Promise<void>((resolve) => {
      const onApplied = (position: number) => {
        applied.push(position);
        if (position === head) resolve();
      };
      const tells = { onApplied, onBuilding: (building: Building | undefined) => told.push(building) };
      const projector = createProjector(events, views, tells, (build, onProgress, options) => {
        expect(options).toMatchObject({ isUrgent: true });
        return fillFrom({ events, views })(build, onProgress, options);
      });
      void projector.run(over.signal);
    });
    await caughtUp;
    expect(applied).toEqual([head]);
    const why = expect.stringContaining('belong to another log');
    expect(told[0]).toEqual({ why, oldServe: false, position: 0, head });
    expect(told.at(-2)).toEqual({ why, oldServe: false, position: head, head });
    expect(told.at(-1)).toBeUndefined();
  } finally {
    over.abort();
    await views.close();
    await program.dispose();
  }
});

test('empty views follow a short log, though its positions count bytes, and are built from a long one', async () => {
  const program = await openCore();
  const directory = join(program.dataDir, 'empty');
  const views = await openEmbeddedViewStore({ directory, shape });
  try {
    await program.person('ann');
    const { events } = program.stores;
    const all = await events.readLog(0);
    const builtFrom = async (log: readonly Recorded[]): Promise<boolean> => {
      const over = new AbortController();
      const stop = () => over.abort();
      const long = instead(events, { head: async () => 1_000_000, readLog: async () => log });
      let hasBuilt = false;
      const onBuilding = () => {
        hasBuilt = true;
        stop();
      };
      await createProjector(long, views, { onApplied: (position) => position > 0 && stop(), onBuilding }).run(
        over.signal,
      );
      return hasBuilt;
    };
    expect(await builtFrom(Array.from({ length: 5000 }, () => all[0]!))).toBe(true);
    expect(await builtFrom(all)).toBe(false);
  } finally {
    await views.close();
    await program.dispose();
  }
});

test('what lies before an event of a newer version is in the views, though both came at once', async () => {
  const program = await openCore();
  const directory = join(program.dataDir, 'others');
  const views = await openEmbeddedViewStore({ directory, shape });
  try {
    const ann = await program.person('ann');
    const log = await program.stores.events.readLog(0);
    const last = log.at(-1)!;
    const newer = { ...last, type: 'RainFell', stream: 'weather-today', revision: 0, position: last.position + 1 };
    const events = instead(program.stores.events, {
      follow: async function* () {
        yield [...log, newer];
      },
    });
    const projector = createProjector(events, views, { onApplied: () => undefined });
    await expect(projector.run(new AbortController().signal)).rejects.toThrow('RainFell');
    expect(await views.checkpoint()).toMatchObject({ position: last.position });
    expect(await views.get('users', [ann])).toMatchObject([{ username: 'ann' }]);
  } finally {
    await views.close();
    await program.dispose();
  }
});

test('views that begin to serve while a batch is being opened do not take it before all that they lack', async () => {
  const program = await openCore();
  const directory = join(program.dataDir, 'others');
  const views = await openEmbeddedViewStore({ directory, shape });
  const over = new AbortController();
  try {
    const { events } = program.stores;
    const ann = await program.person('ann');
    await views.checkpoint();
    const build = await views.build();
    let openBatch = async (): Promise<void> => undefined;
    const slow = instead(events, {
      follow: async function* (position, signal) {
        for await (const batch of events.follow(position, signal)) {
          await openBatch();
          yield batch;
        }
      },
    });
    let reached = 0;
    const onApplied = (position: number) => {
      reached = position;
    };
    const takeAll = async () => {
      const head = await events.head();
      await expect.poll(() => reached).toBe(head);
    };
    const running = createProjector(slow, views, { onApplied }).run(over.signal);
    await takeAll();
    openBatch = async () => {
      await build.finish();
      // Whoever watches the views asks this at any moment.
      await views.checkpoint();
    };
    const ben = await program.person('ben');
    await takeAll();
    over.abort();
    await running;
    expect(await views.get('users', [ann, ben])).toMatchObject([{ username: 'ann' }, { username: 'ben' }]);
  } finally {
    over.abort();
    await views.close();
    await program.dispose();
  }
});

test('a projector that fails and is started again listens to the views once, and says each time that it has its turn', async () => {
  const program = await openCore();
  try {
    const listeners: (() => void)[] = [];
    const views = instead(program.stores.views, {
      onSwitch: (listener) => void listeners.push(listener),
      checkpoint: () => Promise.reject(new Unavailable('views')),
    });
    const lease = { ...program.stores.lease, isShared: true };
    let turns = 0;
    const onTurn = () => void turns++;
    const project = projectViews({ ...program.stores, views, lease }, program.progress, { onTurn });
    for (const _ of Array(3)) await expect(project(new AbortController().signal)).rejects.toThrow(Unavailable);
    expect([listeners.length, turns]).toEqual([1, 3]);
  } finally {
    await program.dispose();
  }
});

test('a build takes the log in pages of a bounded size, and lets others have their turns between them', async () => {
  const program = await openCore();
  try {
    const ann = await program.person('ann');
    const { conversationId } = await createGroup(program.core, meta(ann), { name: 'Team' });
    const text = '"'.repeat(8_000);
    await Promise.all(
      Array.from({ length: 120 }, () => sendMessage(program.core, meta(ann), { conversationId, text })),
    );
    await program.settled();

    const { events } = program.stores;
    let turns = 0;
    const counting = setInterval(() => undefined, 1_000_000);
    const turn = () => {
      turns++;
      if (counting.hasRef()) setImmediate(turn);
    };
    turn();
    const pages: (readonly Recorded[])[] = [];
    const takenAt: number[] = [];
    const log = {
      readStream: events.readStream.bind(events),
      head: events.head.bind(events),
      close: events.close.bind(events),
      readLog: async (position: number, limit?: number) => {
        const page = await events.readLog(position, limit);
        pages.push(page);
        return page;
      },
    };
    const taking: ViewBuild = {
      place: '',
      apply: async () => void takenAt.push(turns),
      complete: async () => undefined,
      scan: async () => ({ docs: [], more: false, position: 0 }),
      finish: async () => undefined,
      abandon: async () => undefined,
    };
    const marks = async () => noMarks;
    await rebuild({ ...log, marks }, { build: async () => taking } as Partial<ViewStore> as ViewStore, () => undefined);
    counting.unref();
    clearInterval(counting);

    expect(takenAt.length).toBeGreaterThan(3);
    expect(new Set(takenAt).size).toBe(takenAt.length);
    for (const page of pages)
      expect(page.slice(0, -1).reduce((sum, event) => sum + charsOf(event), 0)).toBeLessThan(PAGE_CHARS);
  } finally {
    await program.dispose();
  }
});

describe('a program', () => {
  let dataDir: string;
  let program: Program;
  let said: string[];
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'verbatim-'));
    said = [];
  });
  afterEach(async () => {
    await program.close();
    await rm(dataDir, { recursive: true });
  });

  const start = async (roles = 'api,projector', stores = (opened: Stores) => opened, of = shape): Promise<void> => {
    const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
    program = await startProgram({ dataDir, log, settings: { ROLES: roles }, stores, shape: of, viewWait: 2000 });
  };
  const say = (who: Person, team: string, text: string) =>
    program.call('POST', `/v1/conversations/${team}/messages`, { token: who.token, json: { text } });
  const texts = async (who: Person, team: string): Promise<string[]> => {
    const { json } = await program.call('GET', `/v1/conversations/${team}/messages`, { token: who.token });
    return json.items.map(({ text }: { text: string }) => text).toSorted();
  };
  const troubles = async (): Promise<string> => (await program.call('GET', '/readyz')).json.troubles.join();
  const isReady = async (): Promise<void> => {
    const { events, progress } = program.services;
    expect(await progress.reached(await events.head(), 20_000)).toBe(true);
    expect((await program.call('GET', '/readyz')).json).toMatchObject({ status: 'ready', troubles: [] });
  };
  const areLikeRebuilt = async (): Promise<void> => {
    await program.close();
    const live = viewsDump(dataDir);
    const events = await openEventReader(readConfig({ DATA_DIR: dataDir }));
    const views = await openEmbeddedViewStore({ directory: viewsDirectory(dataDir), shape });
    await rebuild(events, views, () => undefined);
    await Promise.all([events.close(), views.close()]);
    expect(viewsDump(dataDir)).toEqual(live);
    await start();
  };

  /** Somebody in a group, and the log as it was before she said more than `before`. */
  const cast = async () => {
    await start();
    const ann = await program.person('ann');
    const { json } = await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'Team' } });
    const team = json.id as string;
    await say(ann, team, 'before');
    const older = join(dataDir, 'older.db');
    const file = new DatabaseSync(eventsFile(dataDir));
    file.exec(`VACUUM INTO '${older}'`);
    file.close();
    return { ann, team, older };
  };
  /** Puts another log in the place of the one beside the views. */
  const replaceLog = async (by: string): Promise<void> => {
    for (const suffix of ['', '-wal', '-shm']) await rm(eventsFile(dataDir) + suffix, { force: true });
    await cp(by, eventsFile(dataDir));
  };

  test('that finds an older log beside newer views builds them anew, says so, and shows what is recorded', async () => {
    const { ann, team, older } = await cast();
    for (const text of ['lost 1', 'lost 2', 'lost 3']) await say(ann, team, text);
    await program.close();
    await replaceLog(older);
    await start();
    await isReady();
    expect(said.join()).toContain('belong to another log');
    expect(await texts(ann, team)).toEqual(['before']);
    expect((await say(ann, team, 'new')).status).toBe(201);
    expect(await texts(ann, team)).toEqual(['before', 'new']);
    await areLikeRebuilt();
  });

  test('that finds an older log which has grown past the views does not take them for its own', async () => {
    const { ann, team, older } = await cast();
    for (const text of ['lost 1', 'lost 2']) await say(ann, team, text);
    await program.close();
    await replaceLog(older);
    // Nobody projects, so that the views stay as they are while the log grows.
    await start('api');
    const answers = await Promise.all(['new 1', 'new 2', 'new 3', 'new 4'].map((text) => say(ann, team, text)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(await troubles()).toContain('belong to another log');
    const refused = await program.call('GET', `/v1/conversations/${team}/messages`, { token: ann.token });
    expect(refused.status).toBe(503);
    await program.close();

    await start();
    await isReady();
    expect(await texts(ann, team)).toEqual(['before', 'new 1', 'new 2', 'new 3', 'new 4']);
    expect(said.join()).toContain('belong to another log');
    await areLikeRebuilt();
  });

  test('that begins an empty log beside the views of another one shows nothing of them', async () => {
    const { ann } = await cast();
    await program.close();
    for (const suffix of ['', '-wal', '-shm']) await rm(eventsFile(dataDir) + suffix, { force: true });
    await start();
    await isReady();
    const cleo = await program.person('cleo');
    const { json } = await program.call('GET', '/v1/users', { token: cleo.token });
    expect(json.items.map(({ username }: { username: string }) => username)).toEqual(['cleo']);
    expect((await program.call('GET', `/v1/users/${ann.id}`, { token: cleo.token })).status).toBe(404);
  });

  test('whose views are of an earlier version lets them serve while new ones are built beside them', async () => {
    const { ann, team } = await cast();
    await program.close();
    // An earlier version had one index less.
    const earlier = collections.map((each) =>
      each.name === 'users'
        ? { ...each, indexes: each.indexes.filter(({ fields }) => !fields.includes('number')) }
        : each,
    );
    await rm(viewsDirectory(dataDir), { recursive: true });
    const events = await openEventReader(readConfig({ DATA_DIR: dataDir }));
    const views = await openEmbeddedViewStore({ directory: viewsDirectory(dataDir), shape: shapeOf(earlier, 0) });
    await rebuild(events, views, () => undefined);
    await Promise.all([events.close(), views.close()]);

    const gate = createGate();
    gate.shut();
    const gated = (opened: Stores): Stores => {
      const build = () => gate.passed().then(() => opened.views.build());
      return { ...opened, views: instead(opened.views, { build }) };
    };
    await start(undefined, gated, { ...shape, readsFrom: 0 });
    expect(await texts(ann, team)).toEqual(['before']);
    expect((await program.call('GET', `/v1/users/${ann.id}`, { token: ann.token })).status).toBe(200);
    await expect(program.services.queries.userNumbered(ann.number)).rejects.toThrow('unavailable');
    gate.open();
    // The thread that builds them takes only what others leave of the processor.
    await expect
      .poll(() => program.services.queries.userNumbered(ann.number).catch(() => undefined), { timeout: 120_000 })
      .toMatchObject({ username: 'ann' });
    await isReady();
    expect((await say(ann, team, 'new')).status).toBe(201);
    await areLikeRebuilt();
  }, 300_000);
});
