// Export and import as an operator does them, beside a server that serves.

import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedStore } from '../../bench/seed.ts';
import { readManifest } from '../../src/cli/exportFolder.ts';
import { exportTo } from '../../src/cli/exportLog.ts';
import { exportAsLog, exportedIn } from '../../src/cli/exportReader.ts';
import { fillStores } from '../../src/cli/fillStores.ts';
import { verifyExport } from '../../src/cli/verifyExport.ts';
import { closeAfter } from '../../src/closing.ts';
import { beginCopy } from '../../src/commands/beginCopy.ts';
import { readConfig } from '../../src/config.ts';
import { decode } from '../../src/domain/codec.ts';
import { hashIn } from '../../src/history/chain.ts';
import { openRecorded } from '../../src/openAlone.ts';
import { type MomentDoc, minuteOf } from '../../src/projections/moments.ts';
import { openEmbeddedEventStore } from '../../src/store/embedded/eventStore.ts';
import { Missing, type Recorded } from '../../src/store/ports.ts';
import { openStores, type Stores } from '../../src/stores.ts';
import { OWN, temporaryDirectory } from '../support/cli.ts';
import { instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { viewsDump } from '../support/viewsDump.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let data: string;
let program: Program;
let ann: Person;
let bob: Person;
let group: string;
/** A file in the group. */
let plan: string;
/** An export of the whole log, in batches of a few events, with its keys beside it. */
let whole: string;
let keys: string;

const at = (name: string): string => join(home.path, name);
const say = async (who: Person, text: string, fileId: string | null = null) =>
  (await program.call('POST', `/v1/conversations/${group}/messages`, { token: who.token, json: { text, fileId } }))
    .json;

beforeAll(async () => {
  home = await temporaryDirectory();
  [data, whole, keys] = [at('data'), at('whole'), at('keys')];
  program = await startProgram({ dataDir: data });
  [ann, bob] = [await program.person('ann'), await program.person('bob')];
  group = (await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'team', public: true } })).json
    .id;
  await program.call('POST', `/v1/conversations/${group}/join`, { token: bob.token });
  const file = await program.call('POST', '/v1/files', {
    token: ann.token,
    body: 'the plan',
    headers: { 'Content-Type': 'text/plain' },
  });
  plan = file.json.id;
  await say(ann, 'canary of ann', plan);
  for (let i = 0; i < 30; i++) await say(i % 2 ? ann : bob, `word ${i} of ${i % 2 ? 'ann' : 'bob'}`);
  await say(bob, 'canary of bob');
  const room = { token: bob.token, json: { name: 'Room', password: 'room password' } };
  await program.call('POST', '/v1/rooms', room);
  await program.settled();
  await exportTo(whole, configOf(data), { files: true, keys }, 5000);
});
afterAll(async () => {
  await program.close();
  await home.remove();
});

const configOf = (dataDir: string) => readConfig({ ...OWN, DATA_DIR: dataDir });
const exporting = (folder: string, ...more: string[]) => runVerbHere(['export', folder, ...more], { DATA_DIR: data });
const importing = (folder: string, dataDir: string, ...more: string[]) =>
  runVerbHere(['import', folder, ...more], { DATA_DIR: dataDir });

const logIn = async (dataDir: string): Promise<readonly Recorded[]> => {
  const reader = await openRecorded(configOf(dataDir));
  const events = await reader.readLog(0, 5000);
  await reader.close();
  return events;
};
/** The views without what the end of a copy adds to them: the log's new id, and the minute of its recording. */
const viewsUntil = (end: string, dataDir: string) => {
  const { log: _, moments, ...views } = viewsDump(dataDir);
  return { ...views, moments: (moments as MomentDoc[]).filter(({ minute }) => minute !== minuteOf(end)) };
};
const eventsIn = async (folder: string) => Array.fromAsync(exportedIn(folder, await readManifest(folder)));
const textOf = async (folder: string): Promise<string> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ndjson'));
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
};

test('an export of the whole log has every event as it lies, in bounded batches, and nobody reads it without keys', async () => {
  const manifest = await readManifest(whole);
  expect(manifest.batches.length).toBeGreaterThan(5);
  for (const { bytes } of manifest.batches) expect(bytes).toBeLessThan(7000);
  const log = (await logIn(data)).filter(({ position }) => position <= manifest.upTo);
  expect(await eventsIn(whole)).toEqual(log);
  expect(manifest).toMatchObject({ events: log.length, lastHash: hashIn(log.at(-1)!.meta), files: 1, missing: [] });
  expect(await textOf(whole)).not.toMatch(/canary|"ann"/);
});

test('a stream of an export can be read to its end, beyond it, and again', async () => {
  const log = exportAsLog(whole, await readManifest(whole));
  const stream = `messages-${group}`;
  const said = await log.readStream(stream);
  expect(said.length).toBeGreaterThan(30);
  const half = await log.readStream(stream, { limit: 10 });
  expect([...half, ...(await log.readStream(stream, { from: 10 }))]).toEqual(said);
  expect(await log.readStream(stream, { from: said.length })).toEqual([]);
  expect(await log.readStream(stream)).toEqual(said);
});

test('the export of a log that was put back names the id that the log got by that', async () => {
  await seedStore(at('seeded'), { people: 1, histories: [3] });
  await cp(at('seeded'), at('put-back'), { recursive: true });
  await exportTo(at('of-put-back'), configOf(at('put-back')), {});
  expect(await verifyExport(at('of-put-back'))).toMatchObject({
    manifest: { events: (await logIn(at('put-back'))).length },
  });
});

test('an import has the same ids, times, revisions and hashes, and the same views', async () => {
  const to = at('imported');
  const { code, out, err } = await importing(whole, to, '--keys', keys);
  expect({ code, err: err.includes('verbatim import:') }).toEqual({ code: 0, err: false });
  expect(out).toMatch(/Imported \d+ events and 1 file, of .*, signed by [\w-]{43}/);
  const facts = ({ id, type, stream, revision, position, data, meta }: Recorded) => {
    const { copied: _, ...rest } = JSON.parse(meta);
    return { id, type, stream, revision, position, data, meta: rest };
  };
  const { events } = await readManifest(whole);
  const [source, copied] = [(await logIn(data)).slice(0, events), await logIn(to)];
  expect(copied.slice(0, -1).map(facts)).toEqual(source.map(facts));
  expect(copied.at(-1)!.type).toBe('LogCopied');
  const end = decode(copied.at(-1)!).at;
  expect(viewsUntil(end, to)).toEqual(viewsUntil(end, data));
  // Once more adds nothing.
  expect(await importing(whole, to, '--keys', keys)).toMatchObject({ code: 0 });
  expect(await logIn(to)).toEqual(copied);
  await cp(join(data, 'secret'), join(to, 'secret'));
  const again = await startProgram({ dataDir: to });
  const found = await again.call('GET', `/v1/conversations/${group}/messages?limit=100`, { token: ann.token });
  expect(found.json.items.map(({ text }: { text: string }) => text)).toContain('canary of bob');
  expect((await again.call('GET', `/v1/files/${plan}`, { token: ann.token })).text).toBe('the plan');
  await again.close();
});

test('an import goes on where it was interrupted, and nobody serves, saves, copies or verifies what is half there', async () => {
  const to = at('halfway');
  await importing(whole, to, '--keys', keys);
  const complete = await logIn(to);
  await rm(to, { recursive: true });
  await mkdir(to, { mode: 0o700 });
  const store = await openEmbeddedEventStore({ file: join(to, 'events.db') });
  for (const { stream, revision, id, type, data, meta } of complete.slice(0, 20))
    await store.append(stream, revision - 1, [{ id, type, data, meta }]);
  await store.close();
  await expect(startProgram({ dataDir: to })).rejects.toThrow('did not end');
  for (const args of [
    ['backup', at('of half')],
    ['export', at('of half')],
    ['copy', '--from', to, '--to', at('of half')],
    ['verify'],
    ['verify', to],
  ])
    expect(await runVerbHere(args, { DATA_DIR: to })).toMatchObject({
      code: 1,
      err: expect.stringContaining('did not end'),
    });
  expect((await importing(whole, to, '--keys', keys)).code).toBe(0);
  const ids = (events: readonly Recorded[]) => events.slice(0, -1).map(({ id, meta }) => [id, meta]);
  const resumed = await logIn(to);
  expect(ids(resumed)).toEqual(ids(complete));
  const end = decode(resumed.at(-1)!).at;
  expect(viewsUntil(end, to)).toEqual(viewsUntil(end, data));
});

test('nobody serves an import that has not got beyond keys and files', async () => {
  const to = at('begun');
  const [events, secret] = [exportAsLog(whole, await readManifest(whole)), { AUTH_SECRET: 'x'.repeat(32) }];
  const from = { events, folder: whole, hashes: ['0'.repeat(64)], keys: { keys, withKeys: true } };
  await closeAfter(await openStores({ ...configOf(to), ...secret }), (stores) =>
    expect(fillStores(stores, from)).rejects.toThrow(Missing),
  );
  await expect(startProgram({ dataDir: to })).rejects.toThrow('did not end');
  expect((await importing(whole, to, '--keys', keys)).code).toBe(0);
});

test('a server that starts while an import begins leaves it alone', async () => {
  const to = at('meanwhile');
  const events = exportAsLog(whole, await readManifest(whole));
  const stores = (opened: Stores): Stores => {
    const append: Stores['events']['append'] = async (...given) => {
      await beginCopy(events, opened.events);
      return opened.events.append(...given);
    };
    return { ...opened, events: instead(opened.events, { append }) };
  };
  await expect(startProgram({ dataDir: to, stores })).rejects.toThrow('did not end');
  expect((await importing(whole, to, '--keys', keys)).code).toBe(0);
});

test('an import needs empty stores, the keys, and an export of the whole log', async () => {
  const no = (folder: string, dataDir: string, ...more: string[]) => importing(folder, dataDir, ...more);
  expect((await no(whole, at('new'))).err).toContain('some keys of these events are not in');
  expect((await no(whole, at('new'), '--keys', keys, '--signed-by', 'me')).err).toContain('is signed by');
  expect((await no(at('nothing'), at('new'), '--keys', keys)).err).toContain('is not a complete export');
  const other = await startProgram({ dataDir: at('other') });
  await other.close();
  expect((await no(whole, at('other'), '--without-keys')).err).toContain('the stores are not empty');
  await exporting(at('part'), '--conversation', group);
  expect((await no(at('part'), at('new'))).err).toContain('only an export of the whole log can be imported');
});

test('without keys everything comes but what was private', async () => {
  const to = at('closed');
  expect((await importing(whole, to, '--without-keys')).code).toBe(0);
  const texts = viewsDump(to).users as { firstName: string; username: string | null }[];
  expect(texts.map(({ username }) => username)).toEqual([null, null]);
});

test('an export goes on where it was interrupted, and is the same as one that was not', async () => {
  const folder = at('resumed');
  const manifest = await readManifest(whole);
  await cp(whole, folder, { recursive: true });
  await rm(join(folder, 'manifest.json'));
  await rm(join(folder, manifest.batches.at(-1)!.file));
  // The batch that was being written is not counted.
  await truncate(join(folder, manifest.batches[3]!.file), 100);
  const { format, scope, logId, upTo } = manifest;
  const progress = { format, scope, logId, upTo, batches: manifest.batches.slice(0, 3) };
  await writeFile(join(folder, 'unfinished.json'), JSON.stringify(progress));
  expect((await exporting(folder, '--conversation', group)).err).toContain('an unfinished export of something else');
  expect((await runVerbHere(['verify', folder], {})).err).toContain('is not a complete export');
  expect((await runVerbHere(['verify', keys], {})).err).toContain('is no data directory, backup or export');
  const { manifest: resumed } = await exportTo(folder, configOf(data), { files: true }, 5000);
  const { signature: _, ...unsigned } = manifest;
  expect({ ...resumed, at: '' }).toEqual({ ...unsigned, at: '' });
  expect(await textOf(folder)).toBe(await textOf(whole));
  expect(await readdir(folder)).not.toContain('unfinished.json');
  expect((await exporting(folder)).err).toContain('has a complete export');
});

test('two exports never write to one folder, and a refused one leaves nothing', async () => {
  const folder = at('of two');
  const both = await Promise.allSettled([1, 2].map(() => exportTo(folder, configOf(data), { files: true })));
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: {
      message: `another export into ${folder} is under way. Wait until it has ended, or choose another folder`,
    },
  });
  expect((await verifyExport(folder)).manifest.files).toBe(1);
  expect((await readdir(folder)).toSorted()).toEqual(['blobs', 'events-000001.ndjson', 'manifest.json']);
  await mkdir(at('of others'));
  await writeFile(join(at('of others'), 'notes'), '');
  expect((await exporting(at('of others'))).err).toContain('is not empty');
  expect(await readdir(at('of others'))).toEqual(['notes']);
});

test('an export of a conversation is readable, has its files, and nothing of others', async () => {
  const { code, out } = await exporting(at('team'), '--conversation', group, '--files');
  expect([code, out]).toEqual([0, expect.stringContaining('and 1 file')]);
  const events = await eventsIn(at('team'));
  expect(events.filter(({ type }) => type === 'MessageSent')).toHaveLength(32);
  expect(events.every(({ data }) => data.includes(group) || /"fileId"/.test(data))).toBe(true);
  expect(await textOf(at('team'))).toContain('canary of bob');
  const content = join(at('team'), 'files', plan);
  expect(await readFile(content, 'utf8')).toBe('the plan');
  expect((await runVerbHere(['verify', at('team')], {})).out).toContain('events of one conversation');
  await writeFile(content, 'the plot');
  expect((await runVerbHere(['verify', at('team')], {})).err).toContain(
    `${content} is missing, or its content was changed`,
  );
  expect((await exporting(at('none'), '--conversation', ann.id)).err).toContain('there is no conversation');
  expect((await exporting(at('none'), '--conversation', 'x')).err).toContain('there is no conversation');
});

test("an export of a person has what the person said, did and was, and no words or secrets of others'", async () => {
  expect((await exporting(at('bob'), '--person', 'bob')).code).toBe(0);
  const text = await textOf(at('bob'));
  expect(text).toContain('canary of bob');
  expect(text).toContain('"username":"bob"');
  expect(text).not.toMatch(/canary of ann|"username":"ann"|\$2[aby]\$/);
  const types = new Set((await eventsIn(at('bob'))).map(({ type }) => type));
  for (const type of ['UserRegistered', 'SessionOpened', 'MemberJoined', 'MessageSent', 'RoomOpened'])
    expect(types).toContain(type);
  expect(types).not.toContain('GroupCreated');
  const room = (await eventsIn(at('bob'))).find(({ type }) => type === 'RoomOpened')!;
  expect([room.redacted, JSON.parse(room.data).passwordHash]).toEqual([true, '[redacted]']);
  for (const name of [bob.id, bob.id.toUpperCase()]) expect((await exporting(at(name), '--person', name)).code).toBe(0);
  expect((await exporting(at('nobody'), '--person', 'nobody')).err).toContain("there is no account 'nobody'");
  await program.person(ann.id);
  expect((await exporting(at('either'), '--person', ann.id)).err).toContain('the username of another');
});

test('what was changed in an export is found, with the place of the first change, and nothing is imported', async () => {
  const folder = at('changed');
  await cp(whole, folder, { recursive: true });
  const manifest = await readManifest(whole);
  const contents = await Promise.all(manifest.batches.map(({ file }) => readFile(join(whole, file))));
  const batch = (i: number) => join(folder, manifest.batches[i]!.file);
  const lines = (i: number) => contents[i]!.toString().trimEnd().split('\n');
  const positions = (i: number) => lines(i).map((line) => JSON.parse(line).data.position as number);
  const put = (i: number, some: readonly string[]) => writeFile(batch(i), `${some.join('\n')}\n`);
  const found = async (): Promise<{ after?: number; message?: string }> =>
    (await Array.fromAsync(exportedIn(folder, manifest)).catch((error) => error)) as never;
  const heal = (i: number) => writeFile(batch(i), contents[i]!);

  const swapped = lines(2);
  await put(2, [swapped[1]!, swapped[0]!, ...swapped.slice(2)]);
  expect(await found()).toMatchObject({
    after: manifest.batches[1]!.last,
    message: expect.stringContaining('are missing'),
  });
  await put(2, swapped.toSpliced(1, 1));
  expect(await found()).toMatchObject({ after: positions(2)[0] });
  await put(2, swapped.slice(0, -1));
  expect(await found()).toMatchObject({ after: positions(2).at(-2), message: expect.stringContaining('cut off') });
  await put(2, [...swapped, swapped[0]!]);
  expect(await found()).toMatchObject({ after: positions(2).at(-1), message: expect.stringContaining('more lines') });
  await heal(2);
  await writeFile(batch(4), contents[3]!);
  expect(await found()).toMatchObject({ after: manifest.batches[3]!.last });
  await rm(batch(4));
  expect(await found()).toMatchObject({
    after: manifest.batches[3]!.last,
    message: expect.stringContaining('is missing'),
  });
  await heal(4);

  const place = fc.record({ i: fc.nat({ max: 4 }), at: fc.nat(), bit: fc.nat({ max: 7 }) });
  for (const { i, at, bit } of fc.sample(place, 100)) {
    const bytes = Buffer.from(contents[i]!);
    bytes[at % bytes.length]! ^= 1 << bit;
    await writeFile(batch(i), bytes);
    const line =
      contents[i]!.subarray(0, at % bytes.length)
        .toString()
        .split('\n').length - 1;
    const before = line > 0 ? positions(i)[line - 1] : (manifest.batches[i - 1]?.last ?? 0);
    expect([i, at, bit, (await found()).after]).toEqual([i, at, bit, before]);
    await heal(i);
  }
  expect(await found()).toHaveLength(manifest.events);

  const signed = await readFile(join(folder, 'manifest.json'), 'utf8');
  await writeFile(join(folder, 'manifest.json'), signed.replace('"missing": []', `"missing": ["${'0'.repeat(64)}"]`));
  expect((await importing(folder, at('empty'), '--keys', keys)).err).toContain('is not what was signed');
});

test('an export of a log that was changed before is not imported', async () => {
  const folder = at('forged');
  await mkdir(at('forged data'));
  for (const name of ['events.db', 'events.db-wal', 'secret'])
    await cp(join(data, name), join(at('forged data'), name));
  const db = new DatabaseSync(join(at('forged data'), 'events.db'));
  db.exec('DELETE FROM events WHERE position = (SELECT max(position) - 5 FROM events)');
  db.exec("UPDATE events SET meta = replace(meta, '2026', '2016') WHERE position = 4");
  db.close();
  await exportTo(folder, configOf(at('forged data')), {}, 5000);
  expect((await importing(folder, at('empty'), '--keys', keys)).err).toMatch(
    /at position 4: event .* is not what was recorded/,
  );
});
