// Export, import and verify where EventStoreDB has the log and MongoDB the files and keys.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyLog } from '../../src/commands/verifyLog.ts';
import { readConfig } from '../../src/config.ts';
import { openRecorded } from '../../src/openAlone.ts';
import type { Recorded } from '../../src/store/ports.ts';
import { OWN, temporaryDirectory } from '../support/cli.ts';
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/startEventStoreDb.ts';
import { describeOnMongo } from '../support/mongoDb/testDatabases.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { AUTH_SECRET } from '../support/stores.ts';

await describeOnMongo('an export from database servers', (databases) => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  const nodes: EventStoreDb[] = [];
  const programs: Program[] = [];
  /** Where the log is. */
  let source: Record<string, string>;
  let ann: Person;
  let group: string;
  let plan: string;
  let log: readonly Recorded[];

  const at = (name: string): string => join(home.path, name);
  /** New, empty servers, as in the environment. */
  const servers = async (name: string): Promise<Record<string, string>> => {
    nodes.push(await startEventStoreDb({ file: at(`${name}.db`) }));
    return { DATA_DIR: at(name), AUTH_SECRET, EVENTSTORE_URL: nodes.at(-1)!.url, MONGODB_URL: databases.url() };
  };
  const serve = async (settings: Record<string, string>): Promise<Program> => {
    programs.push(await startProgram({ settings, dataDir: settings.DATA_DIR! }));
    return programs.at(-1)!;
  };
  const run = async (env: Record<string, string>, ...args: string[]): Promise<string> => {
    const { code, out, err } = await runVerbHere(args, env);
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    return out;
  };
  const logOf = async (settings: Record<string, string>): Promise<readonly Recorded[]> => {
    const reader = await openRecorded(readConfig({ ...OWN, ...settings }));
    const events = await reader.readLog(0, 5000);
    await reader.close();
    return events;
  };

  beforeAll(async () => {
    home = await temporaryDirectory();
    source = await servers('source');
    const program = await serve(source);
    ann = await program.person('ann');
    group = (await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'team' } })).json.id;
    const content = { body: 'the plan', headers: { 'Content-Type': 'text/plain' } };
    plan = (await program.call('POST', '/v1/files', { token: ann.token, ...content })).json.id;
    for (let i = 0; i < 8; i++) {
      const json = { text: `canary ${i}`, fileId: i === 0 ? plan : null };
      await program.call('POST', `/v1/conversations/${group}/messages`, { token: ann.token, json });
      if (i % 3 === 2) await program.services.core.sealLog({ actorId: null, correlationId: 'test' });
    }
    await program.settled();
    await run(source, 'export', at('whole'), '--files', '--keys', at('keys'));
    log = await logOf(source);
  });
  afterAll(async () => {
    for (const program of programs) await program.close();
    for (const node of nodes) await node.close();
    await home.remove();
  });

  test('is whole, and goes into servers and into a data directory: equal hashes and seals, the same answers', async () => {
    expect(await run({}, 'verify', at('whole'))).toContain('2 seals');
    expect(await run(source, 'verify')).toContain('2 seals');
    for (const target of [await servers('target'), { DATA_DIR: at('directory'), AUTH_SECRET }] as Record<
      string,
      string
    >[]) {
      await run(target, 'import', at('whole'), '--keys', at('keys'));
      const hashes = (events: readonly Recorded[]) =>
        events.map(({ id, meta }) => [id, /"hash":"([^"]+)/.exec(meta)![1]]);
      expect(hashes(await logOf(target)).slice(0, -1)).toEqual(hashes(log));
      const program = await serve(target);
      const { json } = await program.call('GET', `/v1/conversations/${group}/messages`, { token: ann.token });
      expect(json.items.map(({ text }: { text: string }) => text)).toContain('canary 7');
      expect((await program.call('GET', `/v1/files/${plan}`, { token: ann.token })).text).toBe('the plan');
      // The copy goes on from the seals that it got.
      await program.services.core.sealLog({ actorId: null, correlationId: 'test' });
      expect(await run(target, 'verify')).toContain('3 seals');
    }
    expect(await runVerbHere(['import', at('whole'), '--keys', at('keys')], source)).toMatchObject({ code: 1 });
  });

  test('of a conversation and of a person is readable', async () => {
    await run(source, 'export', at('team'), '--conversation', group, '--files');
    await run(source, 'export', at('ann'), '--person', 'ann', '--files');
    for (const name of ['team', 'ann'])
      expect(await run({}, 'verify', at(name))).toMatch(/events of one (conversation|person) in/);
  });

  test('of a log that was changed in the server is found out, and so is the log itself', async () => {
    const changed = await servers('changed');
    await run(changed, 'import', at('whole'), '--keys', at('keys'));
    const { position, id } = (await logOf(changed)).find(({ type }) => type === 'MessageSent')!;
    const db = new DatabaseSync(at('changed.db'));
    db.exec(`UPDATE events SET data = replace(data, '"number"', '"nummer"') WHERE id = '${id}'`);
    db.close();
    const says = {
      code: 1,
      err: expect.stringMatching(`at position ${position}: event \\d+ of messages-.* is not what was recorded`),
    };
    expect(await runVerbHere(['verify'], changed)).toMatchObject(says);
    await run(changed, 'export', at('of changed'));
    expect(await runVerbHere(['verify', at('of changed')], {})).toMatchObject(says);
    expect(await runVerbHere(['import', at('of changed'), '--without-keys'], { DATA_DIR: at('empty') })).toMatchObject(
      says,
    );
  });

  /** The log of the server, as somebody changed it. */
  const checked = async (events: readonly Recorded[]) => {
    const inOrder = events.toSorted((one, other) => one.position - other.position);
    const reader = {
      readStream: async (stream: string, { from = 0, limit = 1000 } = {}) =>
        inOrder.filter((event) => event.stream === stream && event.revision >= from).slice(0, limit),
      readLog: async (after: number, limit = 1000) =>
        inOrder.filter(({ position }) => position > after).slice(0, limit),
    };
    const head = inOrder.at(-1)!.position;
    return (await verifyLog(reader, { head, outside: [], ends: new Map(), onProgress: () => undefined })).fault;
  };

  test('any change of any event before the last seal is found, at its place, be it a message, a seal, or of the log itself', async () => {
    expect(await checked(log)).toBeUndefined();
    const sealed = log.findLastIndex(({ type }) => type === 'LogSealed');
    // What a seal says of positions is not signed: nothing before the seal is blamed for it.
    const first = log.findIndex(({ type }) => type === 'LogSealed');
    const { data, position } = log[first]!;
    const moved = { ...log[first]!, data: data.replace(/"upTo":\d+/, '"upTo":7') };
    expect(await checked(log.with(first, moved))).toMatchObject({ from: position, to: position });
    const change = fc.record({
      i: fc.nat(sealed - 1),
      field: fc.constantFrom('id', 'type', 'data', 'meta'),
      where: fc.nat(),
      bit: fc.nat(6),
    });
    for (const { i, field, where, bit } of fc.sample(change, 200)) {
      const event = log[i]!;
      const text = event[field as 'data'];
      const byte = where % text.length;
      const other = String.fromCharCode(text.charCodeAt(byte) ^ (1 << bit));
      const fault = await checked(
        log.with(i, { ...event, [field]: text.slice(0, byte) + other + text.slice(byte + 1) }),
      );
      expect([i, field, byte, bit, fault?.from, fault?.to]).toEqual([
        i,
        field,
        byte,
        bit,
        event.position,
        event.position,
      ]);
    }
  });

  test('any event that was dropped, doubled or moved is found', async () => {
    const sealed = log.findLastIndex(({ type }) => type === 'LogSealed');
    const change = fc.record({
      how: fc.constantFrom('drop', 'double', 'swap'),
      i: fc.nat(sealed - 1),
      j: fc.nat(sealed - 1),
    });
    for (const { how, i, j } of fc.sample(change, 100)) {
      const [a, b] = [log[i]!, log[j]!];
      if (how === 'swap' && i === j) continue;
      const changed = {
        drop: () => log.toSpliced(i, 1),
        double: () => [...log, { ...a, position: a.position + 0.5 }],
        swap: () => log.with(i, { ...b, position: a.position }).with(j, { ...a, position: b.position }),
      }[how as 'drop']();
      const fault = await checked(changed);
      expect([how, i, j, fault === undefined]).toEqual([how, i, j, false]);
      expect(fault!.from).toBeLessThanOrEqual(how === 'swap' ? Math.min(a.position, b.position) : a.position + 0.5);
    }
  });
});
