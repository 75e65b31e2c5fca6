// The server on a disk that fails: seen from outside, as an operator and a client see it.

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect } from 'vitest';
import { temporaryDirectory } from '../support/cli.ts';
import { type EmbeddedSite, embeddedSite } from '../support/embeddedSite.ts';
import { askingOf, type Reply, startProgram } from '../support/program.ts';
import { strace, straced } from '../support/strace.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let site: EmbeddedSite;
let log: string;
beforeEach(async () => {
  home = await temporaryDirectory();
  site = embeddedSite(join(home.path, 'data'), { LOG_LEVEL: 'info' });
  log = join(site.dataDir, 'events.db-wal');
});
afterEach(async () => {
  await site.kill();
  await home.remove();
});

const failing = (calls: string, fault: string, path: string): readonly string[] =>
  strace({
    output: join(home.path, 'calls'),
    calls: calls.split(','),
    inject: [`${calls}:error=${fault}`],
    paths: [path],
  });

/** Opens rooms until one is not answered with 201: the answers, none for a connection that broke. */
const openRooms = async (): Promise<readonly (Reply | undefined)[]> => {
  const { call, person } = askingOf(site.url);
  const { token } = await person('ann');
  const answers: (Reply | undefined)[] = [];
  for (let n = 0; answers.length === 0 || answers.at(-1)?.status === 201; n++)
    answers.push(await call('POST', '/v1/rooms', { token, json: { name: `room ${n}` } }).catch(() => undefined));
  return answers;
};

const roomsRecorded = async (): Promise<number> =>
  (await site.log()).filter(({ type }) => type === 'RoomOpened').length;

straced(
  'a sync of the log that fails ends the server: no answer, a reason, a code of its own, and a start that has the rest',
  async () => {
    await site.start(failing('fsync,fdatasync', 'EIO:when=25', log));
    const answers = await openRooms();
    expect(answers.at(-1)?.status).not.toBe(201);
    expect(await site.gone()).toBe(74);
    expect(site.lines.join('\n')).toContain('The disk did not keep what was written (EIO: disk I/O error, fsync');
    expect(site.lines.find((line) => line.includes('"level":60'))).toContain('EIO');
    const again = await startProgram({ dataDir: site.dataDir });
    await again.settled();
    await again.close();
    const acknowledged = answers.filter((answer) => answer?.status === 201).length;
    expect(acknowledged).toBeGreaterThan(0);
    expect([acknowledged, acknowledged + 1]).toContain(await roomsRecorded());
  },
  60_000,
);

straced(
  'a folder of contents that cannot be synced ends the server, and the file is not acknowledged',
  async () => {
    await site.start(failing('fsync,fdatasync', 'EIO:when=1', join(site.dataDir, 'blobs')));
    const { call, person } = askingOf(site.url);
    const { token } = await person('ann');
    const stored = call('POST', '/v1/files?name=a', { token, body: 'a', headers: { 'Content-Type': 'text/plain' } });
    expect((await stored.catch(() => undefined))?.status).not.toBe(201);
    expect(await site.gone()).toBe(74);
    expect(site.lines.join('\n')).toContain('(EIO: i/o error, fsync)');
    expect((await site.log()).filter(({ type }) => type === 'FileStored')).toEqual([]);
  },
  60_000,
);

straced(
  'a full disk answers writes with 503, is named in /readyz and in the log, and is over by itself, though nobody writes',
  async () => {
    // As many writes to the log fail as one append and three probes make.
    await site.start(failing('pwrite64', 'ENOSPC:when=120..123', log));
    const { call } = askingOf(site.url);
    const last = (await openRooms()).at(-1);
    expect([last?.status, last?.headers.get('retry-after')]).toEqual([503, '1']);
    const { status, json } = await call('GET', '/readyz');
    expect([status, json.status, json.troubles]).toEqual([
      200,
      'degraded',
      ['events: not written: ENOSPC: database or disk is full (SQLite 13)'],
    ]);
    while ((await call('GET', '/readyz')).json.status !== 'ready') await pause(20);
    expect(await site.stop()).toBe(0);
    const said = site.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    expect(said).toContainEqual(
      expect.objectContaining({ level: 40, msg: 'events: not written', reason: expect.stringContaining('ENOSPC') }),
    );
    expect(said).toContainEqual(
      expect.objectContaining({ level: 40, msg: 'a request failed', reason: expect.stringContaining('ENOSPC') }),
    );
    expect(said).toContainEqual(expect.objectContaining({ level: 30, msg: 'events: written again' }));
  },
  60_000,
);
