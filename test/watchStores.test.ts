// A store that fails is named with its cause, in the log and among the troubles, until it works again.

import { pino } from 'pino';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ownLease } from '../src/store/embedded/ownLease.ts';
import { Conflict, type EventStore, Unavailable, type ViewStore } from '../src/store/ports.ts';
import type { Stores } from '../src/stores.ts';
import { watchStores } from '../src/watchStores.ts';

const full = Object.assign(new Error('ENOSPC: no space left on device, open /data/x'), {
  code: 'ENOSPC',
  errno: -28,
  syscall: 'open',
  path: '/data/x',
});
const fullDatabase = { code: 'ERR_SQLITE_ERROR', errcode: 13, errstr: 'database or disk is full' };
const failedSync = { code: 'ERR_SQLITE_ERROR', errcode: 1034, errstr: 'disk I/O error' };

/** What each use of a store does at present: nothing, or fail with this. */
let failing: Record<'append' | 'readStream' | 'get' | 'apply' | 'finish' | 'put' | 'open' | 'probe', Error | undefined>;
let lines: { level: number; msg: string; reason?: string; failures?: number }[];

const use = (name: keyof typeof failing) => (): Promise<never> =>
  failing[name] ? Promise.reject(failing[name]) : (Promise.resolve(undefined) as Promise<never>);

const watch = (options: Parameters<typeof watchStores>[2] = { probeEvery: 60_000 }) => {
  const stores = {
    events: { append: use('append'), readStream: use('readStream'), readLog: use('probe'), probe: use('probe') },
    views: {
      get: use('get'),
      apply: use('apply'),
      checkpoint: use('probe'),
      build: async () => ({ finish: use('finish') }),
    },
    blobs: { put: use('put'), open: use('open'), probe: use('probe') },
    lease: ownLease(),
    onFollowing: () => undefined,
  } as unknown as Stores;
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return watchStores(stores, log, options);
};
const append = (events: EventStore) => events.append('user-1', -1, []).catch(() => undefined);
const apply = (views: ViewStore) => views.apply([], { position: 1, mark: '' }).catch(() => undefined);
const rebuild = async (views: ViewStore) => (await views.build()).finish().catch(() => undefined);

beforeEach(() => {
  failing = {
    append: undefined,
    readStream: undefined,
    get: undefined,
    apply: undefined,
    finish: undefined,
    put: undefined,
    open: undefined,
    probe: undefined,
  };
  lines = [];
});

describe('a full disk', () => {
  test('is named for events, views and contents, by the code and the text of what refused, and no path', async () => {
    failing.append = new Unavailable('events', new Error('database or disk is full', { cause: fullDatabase }));
    failing.apply = new Unavailable('views', Object.assign(new Error('database or disk is full'), fullDatabase));
    failing.put = new Unavailable('blobs', full);
    const { events, views, blobs, troubles } = watch();
    await append(events);
    await apply(views);
    await blobs.put([] as never, 1).catch(() => undefined);
    expect(troubles()).toEqual([
      'events: not written: ENOSPC: database or disk is full (SQLite 13)',
      'views: not written: ENOSPC: database or disk is full (SQLite 13)',
      'blobs: not written: ENOSPC: no space left on device, open',
    ]);
    expect(lines.map(({ level, reason }) => [level, reason?.slice(0, 7)])).toEqual([
      [40, 'ENOSPC:'],
      [40, 'ENOSPC:'],
      [40, 'ENOSPC:'],
    ]);
  });

  test('is named where contents cannot be read', async () => {
    failing.open = new Unavailable('blobs', full);
    const { blobs, troubles } = watch();
    await blobs.open('x').catch(() => undefined);
    expect(troubles()).toEqual(['blobs: not read: ENOSPC: no space left on device, open']);
  });

  test('is no trouble any more once something was written', async () => {
    failing.append = new Unavailable('events', full);
    const { events, troubles } = watch();
    await append(events);
    expect(troubles()).toHaveLength(1);
    failing.append = undefined;
    await append(events);
    expect(troubles()).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ level: 30, msg: 'events: written again', failures: 1 });
  });

  test('stays a trouble while reads go on', async () => {
    failing.append = new Unavailable('events', full);
    const { events, troubles } = watch();
    await append(events);
    await events.readStream('user-1');
    expect(troubles()).toHaveLength(1);
  });

  test('is no trouble any more once there is room, though nobody writes', async () => {
    failing.append = failing.probe = new Unavailable('events', full);
    const { events, troubles, stop } = watch({ probeEvery: 1 });
    await append(events);
    await expect.poll(() => lines.length).toBe(1);
    expect(troubles()).toHaveLength(1);
    failing.probe = undefined;
    await expect.poll(troubles).toEqual([]);
    stop();
  });

  test('is one line in the log, however many requests fail, and another when its cause is another', async () => {
    failing.append = new Unavailable('events', full);
    const { events } = watch();
    for (let n = 0; n < 100; n++) await append(events);
    expect(lines).toHaveLength(1);
    failing.append = new Unavailable(
      'events',
      Object.assign(new Error('x'), { code: 'EIO', errno: -5, syscall: 'read' }),
    );
    await append(events);
    expect(lines.map(({ reason, failures }) => [reason, failures])).toEqual([
      ['ENOSPC: no space left on device, open', 1],
      ['EIO: i/o error, read', 101],
    ]);
  });

  test('is told of again while it lasts', async () => {
    failing.append = new Unavailable('events', full);
    const { events } = watch({ probeEvery: 60_000, sayEvery: 0 });
    await append(events);
    await append(events);
    expect(lines.map(({ failures }) => failures)).toEqual([1, 2]);
  });
});

test('a rebuild that fails is no trouble: the views that serve are written as before', async () => {
  failing.finish = new Unavailable('views', full);
  const { views, troubles } = watch();
  await rebuild(views);
  expect([troubles(), lines]).toEqual([[], []]);
});

test('views that cannot be written are no trouble any more once others serve in their place', async () => {
  failing.apply = new Unavailable('views', full);
  const { views, troubles } = watch();
  await apply(views);
  await views.build();
  expect(troubles()).toHaveLength(1);
  await rebuild(views);
  expect(troubles()).toEqual([]);
});

test.each([
  ['another writer was first', new Conflict('user-1')],
  ['the store is closed', new Unavailable('events')],
])('it is no trouble that %s', async (_, error) => {
  failing.append = error;
  const { events, troubles } = watch();
  await append(events);
  expect([troubles(), lines]).toEqual([[], []]);
});

test('what is behind an error of a server stays unsaid but for its name, for it may bear addresses', async () => {
  class ServerSelectionError extends Error {
    override readonly name = 'ServerSelectionError';
  }
  failing.readStream = new Unavailable('events', new ServerSelectionError('10.0.0.1:2113'));
  const { events, troubles } = watch();
  await events.readStream('user-1').catch(() => undefined);
  expect(troubles()).toEqual(['events: not read: ServerSelectionError']);
});

test.each<[string, () => void, (watched: ReturnType<typeof watch>) => Promise<unknown>]>([
  [
    'of the event log',
    () => {
      failing.append = new Unavailable('events', new Error('disk I/O error', { cause: failedSync }));
    },
    ({ events }) => append(events),
  ],
  [
    'of the views',
    () => {
      failing.apply = new Unavailable('views', new Error('disk I/O error', { cause: failedSync }));
    },
    ({ views }) => apply(views),
  ],
  [
    'of new views',
    () => {
      failing.finish = new Unavailable('views', new Error('disk I/O error', { cause: failedSync }));
    },
    ({ views }) => rebuild(views),
  ],
  [
    'of a content',
    () => {
      failing.put = new Unavailable(
        'blobs',
        Object.assign(new Error('x'), { code: 'EIO', errno: -5, syscall: 'fsync' }),
      );
    },
    ({ blobs }) => blobs.put([] as never, 1).catch(() => undefined),
  ],
])('a failed sync %s is final', async (_, break_, use_) => {
  const watched = watch();
  const ended = vi.fn();
  void watched.failedSync.then(ended);
  await watched.events.readStream('user-1');
  expect(ended).not.toHaveBeenCalled();
  break_();
  await use_(watched);
  await watched.failedSync;
  expect(lines[0]).toMatchObject({ level: 60, msg: 'a sync failed', reason: expect.stringContaining('EIO') });
});
