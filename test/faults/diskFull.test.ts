// The disk is full, and has room again, and is full, under load: writes wait for room, everything else goes on.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { createChecker } from '../support/checker.ts';
import { embeddedSite } from '../support/embeddedSite.ts';
import { faultRun } from '../support/faultRun.ts';
import { startLoad } from '../support/load.ts';
import { askingOf } from '../support/program.ts';
import { onSmallDisk, smallDisk } from '../support/smallDisk.ts';
import { connect } from '../support/sockets.ts';
import { survived } from '../support/survived.ts';

const DISK_BYTES = 64 * 1024 * 1024;

onSmallDisk(
  'a full disk refuses writes with their cause, serves reads and sockets, and is taken up again',
  async () => {
    const run = faultRun('full disk', 5);
    const disk = await smallDisk(DISK_BYTES);
    // The guard against a disk that is nearly full would refuse before the disk does.
    const site = embeddedSite(join(disk.path, 'data'), { LOG_LEVEL: 'info', MIN_FREE: '0', MIN_FREE_MESSAGES: '0' });
    try {
      await site.start();
      const { url, child } = site;
      const { call } = askingOf(url);
      const checker = createChecker();
      const load = await startLoad({
        target: site,
        checker,
        writers: 4,
        socketWriters: 2,
        uploaders: 2,
        listeners: 2,
        padding: 3000,
      });
      const socket = await connect(
        { port: Number(new URL(url).port) },
        { headers: { Authorization: `Token ${load.key}` } },
      );
      const health = async () => (await call('GET', '/readyz')).json as { status: string; troubles: string[] };
      const troubled = async (wanted: RegExp): Promise<void> => {
        while (!(await health()).troubles.some((trouble) => wanted.test(trouble))) await pause(20);
      };
      const recoveries: number[] = [];
      const statuses = new Set<number>();

      for (let round = 0; round < run.rounds; round++) {
        await load.acknowledges(run.between(1, 50));
        disk.fill();
        await troubled(/^events: not written: ENOSPC/);
        await troubled(/^blobs: not written: ENOSPC/);
        const json = { text: 'no room' };
        const sent = await call('POST', `/v1/conversations/${load.conversationId}/messages`, { token: load.key, json });
        statuses.add(sent.status);
        expect([sent.status, sent.json.code]).toEqual([503, 'unavailable']);
        const read = await call('GET', `/v1/conversations/${load.conversationId}/messages`, { token: load.key });
        expect([read.status, read.json.items.length > 0]).toEqual([200, true]);
        socket.send({ type: 'ping', key: `${round}` });
        await socket.next('pong', { key: `${round}` });
        await pause(run.between(0, 1500));
        disk.empty();
        const began = performance.now();
        await load.acknowledges(20);
        while ((await health()).status !== 'ready') await pause(20);
        recoveries.push(performance.now() - began);
      }
      socket.close();

      // Who is gone without a trace on the disk: no half of a content is left once nobody stores any.
      await load.stopWriting();
      expect(await readdir(join(site.dataDir, 'blobs', 'incoming'))).toEqual([]);
      expect(site.child).toBe(child);
      expect(child.exitCode).toBeNull();
      const findings = await survived(site, load, checker);
      const said = site.lines.filter((line) => line.includes('ENOSPC'));
      expect(said.length).toBeGreaterThan(0);
      run.report({
        ...findings,
        linesNamingTheCause: said.length,
        lines: site.lines.length,
        readyAgainMs: recoveries.map(Math.round),
        statuses: [...statuses],
      });
    } finally {
      await site.kill();
      await site.gone();
      await disk.remove();
    }
  },
);
