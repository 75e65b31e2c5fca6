// verbatim verify, seal and accept-log on real files, and servers that do not start on a log that does not fit its last seal.

import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSigningKey } from '../../src/auth/signing.ts';
import { checkSealedTail } from '../../src/commands/sealedTail.ts';
import type { Seal } from '../../src/domain/seal.ts';
import { chain, hashIn } from '../../src/history/chain.ts';
import { createTree, leafOf } from '../../src/history/merkle.ts';
import { isIncluded } from '../../src/history/merkleProofs.ts';
import type { Recorded } from '../../src/store/ports.ts';
import { ended, runVerb, startServer } from '../support/cli.ts';
import { appendMessages } from '../support/manyMessages.ts';
import { startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { isDistributed } from '../support/stores.ts';

const HASH = ',"hash"';

const eventCountOf = (file: string): unknown => {
  const db = new DatabaseSync(file);
  const { count } = db.prepare('SELECT count(*) count FROM events').get()!;
  db.close();
  return count;
};

describe.skipIf(isDistributed)('the log on the disk', () => {
  let root: string;
  let whole: string;
  let old: string;
  let seals: Seal[];
  /** Of the first of many messages, in the middle of the log. */
  let middle: number;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'verbatim-verify-'));
    [whole, old] = [join(root, 'whole'), join(root, 'old')];
    const program = await startProgram({ dataDir: whole });
    const ann = await program.person('ann');
    const json = { name: 'Room', password: 'room password' };
    const room = (await program.call('POST', '/v1/rooms', { token: ann.token, json })).json.id;
    await program.call('POST', `/v1/conversations/${room}/messages`, { token: ann.token, json: { text: 'first' } });
    const { core, events } = program.services;
    seals = [await core.sealLog({ actorId: null, correlationId: 'test' })];
    // Without the socket of the verbs.
    await cp(whole, old, { recursive: true, filter: (path) => !path.endsWith('verbs') });
    middle = (await events.head()) + 100;
    await appendMessages(events, room, 300);
    const ran = await runVerbHere(['seal'], { DATA_DIR: whole });
    expect(ran.code).toBe(0);
    seals.push(JSON.parse(ran.out));
    await program.close();
  });
  afterAll(() => rm(root, { recursive: true }));

  const copied = async (from = whole): Promise<string> => {
    const folder = join(root, randomUUID());
    await cp(from, folder, { recursive: true });
    return folder;
  };
  const tampered = async (...statements: readonly string[]): Promise<string> => {
    const folder = await copied();
    const db = new DatabaseSync(join(folder, 'events.db'), { defensive: false });
    for (const statement of statements) db.exec(statement);
    db.close();
    return folder;
  };
  const exported = async (): Promise<string> => {
    const folder = join(root, 'export');
    expect((await runVerbHere(['export', folder], { DATA_DIR: whole })).code).toBe(0);
    return folder;
  };
  const verify = (folder: string, ...more: string[]) => runVerbHere(['verify', folder, ...more], {});

  test('fits, as a server left it, also by the settings, and with a bar', async () => {
    const ran = await runVerbHere(['verify'], { DATA_DIR: whole });
    expect(ran).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Checked \d+ events, the first \d+ of them sealed, and 2 seals in .*: all fit/),
    });
    expect(JSON.parse(ran.err.trim().split('\n').at(-1)!)).toMatchObject({ what: 'verify', secondsLeft: 0 });
  });

  test('fits in a backup', async () => {
    const folder = join(root, 'backup');
    expect((await runVerbHere(['backup', folder], { DATA_DIR: whole })).code).toBe(0);
    expect(await verify(folder)).toMatchObject({ code: 0, out: expect.stringContaining('2 seals') });
  });

  test('fits in a copy, which has equal seals, goes on from them wherever its events lie, and proves its events', async () => {
    const to = join(root, 'copy');
    expect((await runVerbHere(['copy', '--from', whole, '--to', to], {})).code).toBe(0);
    expect((await runVerbHere(['seal'], { DATA_DIR: to })).code).toBe(0);
    expect(await verify(to)).toMatchObject({ code: 0, out: expect.stringContaining('3 seals') });
    const program = await startProgram({ dataDir: to });
    const { core, events } = program.services;
    const [event] = await events.recorded.readLog(middle - 1, 1);
    const { index, size, path, seal, hash } = (await core.proofs.ofEvent(event!.id, event!.position))!;
    // In other stores its events have other positions than the seals name.
    const moved = (page: readonly Recorded[]) => page.map((one) => ({ ...one, position: one.position + 7 }));
    const { readLog, readStream } = events.recorded;
    const elsewhere = {
      readLog: async (position: number, limit?: number) => moved(await readLog(Math.max(0, position - 7), limit)),
      readStream: async (...asked: Parameters<typeof readStream>) => moved(await readStream(...asked)),
    };
    await checkSealedTail(elsewhere, { read: async () => undefined });
    await program.close();
    const [leaf, ...nodes] = [hash, ...path].map((text) => Buffer.from(text, 'base64url'));
    expect(isIncluded(leafOf(leaf!), index, size, nodes, Buffer.from(seal.data.root, 'base64url'))).toBe(true);
  });

  const at = () => `WHERE position = ${middle}`;
  test.each<[string, () => string[], RegExp]>([
    [
      'a word of an event',
      () => [`UPDATE events SET data = replace(data, 'number', 'nummer') ${at()}`],
      /is not what was recorded/,
    ],
    ['the type of an event', () => [`UPDATE events SET type = 'MessageRead' ${at()}`], /is not what was recorded/],
    ['the end of an event', () => [`UPDATE events SET meta = meta || ' ' ${at()}`], /is not what was recorded/],
    ['an event that is gone', () => [`DELETE FROM events ${at()}`], /lacks its event/],
    [
      'two events that changed places',
      () => [
        `UPDATE events SET position = -1 ${at()}`,
        `UPDATE events SET position = ${middle} WHERE position = ${middle + 5}`,
        `UPDATE events SET position = ${middle + 5} WHERE position = -1`,
      ],
      /lacks its event/,
    ],
    [
      'an event that its stream does not show',
      () => [
        'PRAGMA writable_schema = ON',
        `UPDATE sqlite_schema SET sql = sql || ' WHERE position <> ${middle}' WHERE name = 'events_of_stream'`,
        'PRAGMA writable_schema = RESET',
        'REINDEX events_of_stream',
        'PRAGMA writable_schema = ON',
        `UPDATE sqlite_schema SET sql = replace(sql, ' WHERE position <> ${middle}', '') WHERE name = 'events_of_stream'`,
      ],
      /its stream reads as if it had not happened/,
    ],
  ])('%s is found, at its place', async (_, statements, says) => {
    const { code, err } = await verify(await tampered(...statements()));
    expect([code, err]).toEqual([1, expect.stringMatching(says)]);
    expect(err).toContain(`at position ${middle}`);
  });

  test('a log or an export says nothing to the terminal of whoever checks it', async () => {
    const line = (text: string) => `char(13) || char(27) || '[2K' || '${text}' || char(10)`;
    const fake = (folder: string) => `UPDATE streams SET name = name || ${line(`Checked ${folder}: all fit`)}`;
    const folder = await tampered(`${fake('it')} WHERE id = (SELECT stream FROM events ${at()})`);
    const hostile = join(root, 'hostile');
    await cp(await exported(), hostile, { recursive: true });
    const batch = join(hostile, 'events-000001.ndjson');
    await writeFile(batch, (await readFile(batch, 'utf8')).replaceAll('"subject":"', '"subject":"\\r\\u001b[2K'));
    for (const place of [folder, hostile]) {
      const { code, err } = await verify(place);
      expect([code, err.replaceAll('\n', '')]).toEqual([1, expect.not.stringMatching(/\p{Cc}/u)]);
    }
    const { code, out } = await runVerbHere(['doctor'], { DATA_DIR: folder });
    expect([code, out.replaceAll('\n', '')]).toEqual([4, expect.not.stringMatching(/\p{Cc}/u)]);
  });

  test('what was cut is found by the seal that the server keeps beside the log, and by those kept elsewhere', async () => {
    const cut = await tampered(`DELETE FROM events WHERE position >= ${middle}`);
    const says = expect.stringMatching(/the log ends after \d+ events, and \d+ were covered by the seal of \d+ events/);
    expect(await verify(cut)).toMatchObject({ code: 1, err: says });
    await rm(join(cut, 'last-seal.json'));
    expect(await verify(cut)).toMatchObject({ code: 0 });
    const kept = join(root, 'seals.jsonl');
    await writeFile(kept, seals.map((seal) => `${JSON.stringify(seal)}\n`).join(''));
    expect(await verify(cut, '--seals', kept)).toMatchObject({ code: 1, err: says });
    expect(await verify(whole, '--seals', kept)).toMatchObject({ code: 0 });
    await writeFile(kept, '{"size":1}\n');
    expect(await verify(whole, '--seals', kept)).toMatchObject({ code: 1, err: expect.stringContaining('line 1 of') });
  });

  test('a seal that is made now is printed once, also where each new one goes to standard output', async () => {
    const [folder, log] = [await copied(), join(root, '2005-01-02.txt')];
    await writeFile(log, '[10:00] <ann> hi\n');
    await runVerbHere(['import', 'irc', log, '--room', 'x'], { DATA_DIR: folder });
    const { code, out } = await runVerb(['seal'], { DATA_DIR: folder, SEAL_FILE: '-' });
    const kept = JSON.parse(await readFile(join(folder, 'last-seal.json'), 'utf8'));
    expect([code, JSON.parse(out)]).toEqual([0, kept]);
  });

  test('a server prints each new seal as a line of its own among those of its log', async () => {
    const [folder, log] = [await copied(), join(root, '2005-01-03.txt')];
    await writeFile(log, '[10:00] <ann> hi\n');
    await runVerbHere(['import', 'irc', log, '--room', 'x'], { DATA_DIR: folder });
    let said = '';
    const { child } = await startServer({ DATA_DIR: folder, SEAL_FILE: '-', LOG_LEVEL: 'info' }, [], ({ stdout }) =>
      stdout!.on('data', (chunk) => {
        said += chunk;
      }),
    );
    const seal = JSON.parse((await runVerb(['seal'], { DATA_DIR: folder })).out);
    const end = ended(child);
    child.kill('SIGTERM');
    expect((await end).code).toBe(0);
    const lines = said.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(seal);
  });

  describe('a server does not start', () => {
    const start = (dataDir: string) => startProgram({ dataDir });
    const refused = /^the log does not fit its last seal, of \d+ events/;

    /** A data directory with an older copy of its log. */
    const older = async (): Promise<string> => {
      const folder = await copied();
      for (const end of ['', '-wal', '-shm', '.mark'])
        await cp(join(old, `events.db${end}`), join(folder, `events.db${end}`), { force: true }).catch(() =>
          rm(join(folder, `events.db${end}`), { force: true }),
        );
      return folder;
    };

    test('nor does a verb record anything on an older copy of the log: the last seal stays, and the server does not start', async () => {
      const folder = await older();
      const log = join(root, '2005-01-01.txt');
      await writeFile(log, '[10:00] <ann> hi\n');
      const [events, kept] = [join(folder, 'events.db'), join(folder, 'last-seal.json')];
      const before = [eventCountOf(events), await readFile(kept, 'utf8')];
      for (const args of [['seal'], ['promote', 'nobody', 'admin'], ['import', 'irc', log, '--room', 'x']])
        expect(await runVerbHere(args, { DATA_DIR: folder }), args[0]).toMatchObject({
          code: 1,
          out: '',
          err: expect.stringContaining('the log does not fit its last seal'),
        });
      expect([eventCountOf(events), await readFile(kept, 'utf8')]).toEqual(before);
      await expect(start(folder)).rejects.toThrow(refused);
      // It only looks.
      expect(await runVerbHere(['doctor'], { DATA_DIR: folder })).toMatchObject({ code: 0 });
    });

    test('on an older copy of the log, before the operator accepts it; that is recorded, and then it seals again', async () => {
      const folder = await older();
      await expect(start(folder)).rejects.toThrow(refused);
      await expect(start(folder)).rejects.toThrow('verbatim accept-log');
      const ran = await runVerbHere(['accept-log'], { DATA_DIR: folder });
      expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('Accepted') });
      const program = await start(folder);
      const { core, events } = program.services;
      expect((await events.readStream('seals')).at(-1)!.type).toBe('LogAccepted');
      const seal = await core.sealLog({ actorId: null, correlationId: 'test' });
      await program.close();
      expect(JSON.parse(await readFile(join(folder, 'last-seal.json'), 'utf8'))).toEqual(seal);
      expect(await verify(folder)).toMatchObject({ code: 0 });
      await (await start(folder)).close();
      expect(await runVerbHere(['accept-log'], { DATA_DIR: folder })).toMatchObject({
        out: expect.stringContaining('nothing to accept'),
      });
    });

    test('on a log whose end was changed, though its seals pretend to be copied ones', async () => {
      const places = `,"copied":[["${randomUUID()}",1]]`;
      const folder = await tampered(
        `UPDATE events SET data = '{}' ${at()}`,
        `UPDATE events SET meta = substr(meta, 1, length(meta) - 1) || '${places}}' WHERE type = 'LogSealed'`,
      );
      await expect(start(folder)).rejects.toThrow(`event ${middle}, in messages-`);
    });

    type Write = (stream: string, event: Pick<Recorded, 'type' | 'data'>, place?: 'last') => void;

    /** As whoever can write the log writes it: the chains hold. `last`: in the place of the last event of the stream. */
    const written = (folder: string, write: (put: Write, last: Recorded) => void): void => {
      const db = new DatabaseSync(join(folder, 'events.db'));
      const eventsOf = (stream: string) =>
        db
          .prepare('SELECT e.*, name FROM events e JOIN streams s ON s.id = e.stream WHERE name = ? ORDER BY revision')
          .all(stream) as unknown as (Recorded & { readonly name: string })[];
      const put: Write = (stream, event, place) => {
        const all = eventsOf(stream);
        const end = all.at(-1)!;
        const before = place === 'last' ? all.at(-2)! : end;
        const revision = before.revision + 1;
        const meta = `${end.meta.slice(0, end.meta.indexOf(HASH))}}`;
        const id = place === 'last' ? end.id : randomUUID();
        const [chained] = chain(hashIn(before.meta)!, { ...event, id, meta, stream, revision });
        const position = place === 'last' ? end.position : null;
        db.prepare('INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)').run(
          ...[position, end.stream, revision, id, event.type, event.data, chained],
        );
      };
      write(put, eventsOf('seals').at(-1)!);
      db.close();
    };
    const changedEnd = () => tampered(`UPDATE events SET data = '{}' ${at()}`);

    test('on a log whose end was changed, though its last seal names another log', async () => {
      const folder = await changedEnd();
      written(folder, (put, { type, data }) =>
        put('seals', { type, data: JSON.stringify({ ...JSON.parse(data), logId: randomUUID() }) }, 'last'),
      );
      await expect(start(folder)).rejects.toThrow(refused);
      // Once that is accepted, the log is sealed from its first event on.
      expect((await runVerbHere(['accept-log'], { DATA_DIR: folder })).code).toBe(0);
      const program = await start(folder);
      const { size, root } = await program.services.core.sealLog({ actorId: null, correlationId: 'test' });
      const tree = createTree();
      for (const { meta } of await program.services.events.recorded.readLog(0, size))
        tree.add(leafOf(Buffer.from(hashIn(meta)!, 'base64url')));
      expect(tree.root().toString('base64url')).toBe(root);
      await program.close();
      await (await start(folder)).close();
    });

    test('on a log whose end was changed, though it says that all of it is a copy', async () => {
      const folder = await changedEnd();
      written(folder, (put, { data }) => {
        const copied = { logId: randomUUID(), from: JSON.parse(data).logId, marks: [] };
        put('log', { type: 'LogCopied', data: JSON.stringify(copied) });
      });
      await expect(start(folder)).rejects.toThrow(refused);
    });

    test('on a log whose last seal another key signed', async () => {
      const folder = await copied();
      const key = createSigningKey(Buffer.from('another secret'));
      const { logId, size, root, at } = seals.at(-1)!;
      const jws = await key.sign('seal', JSON.stringify({ logId, size, root, at }));
      for (const kid of [key.kid, seals.at(-1)!.kid]) {
        written(folder, (put, { type, data }) =>
          put('seals', { type, data: JSON.stringify({ ...JSON.parse(data), kid, jws }) }, 'last'),
        );
        await expect(start(folder)).rejects.toThrow('nobody whose key the log names signed it');
      }
    });

    test('on a log whose end was changed, and does once the operator accepts it', async () => {
      const folder = await tampered(`UPDATE events SET data = '{}' ${at()}`);
      await expect(start(folder)).rejects.toThrow(`event ${middle}, in messages-`);
      expect((await runVerbHere(['accept-log'], { DATA_DIR: folder })).code).toBe(0);
      const program = await start(folder);
      await program.services.core.sealLog({ actorId: null, correlationId: 'test' });
      await program.close();
      expect(await verify(folder)).toMatchObject({ code: 1, err: expect.stringContaining(`at position ${middle}`) });
    });
  });
});
