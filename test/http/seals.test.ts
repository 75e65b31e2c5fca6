// Seals and proofs over the API, checked by foreign code.

import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { lastSealIn } from '../../src/commands/seals.ts';
import { sealIn } from '../../src/domain/seal.ts';
import { leafOf } from '../../src/history/merkle.ts';
import { isConsistent, isIncluded } from '../../src/history/merkleProofs.ts';
import { keepSealing } from '../../src/sealing.ts';
import { createSealOutlets } from '../../src/sealOutlets.ts';
import { recorded } from '../support/log.ts';
import { appendMessages } from '../support/manyMessages.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';

interface Seal {
  readonly size: number;
  readonly root: string;
}

let program: Program;
let eve: Person;
let folder: string;
let room: string;
const seals: Seal[] = [];
let file: string;

const ask = async (path: string, method = 'GET') => {
  const { status, json } = await program.call(method, `/v1/audit/${path}`, { token: eve.token });
  return { status, json };
};
const got = async (path: string, method?: string) => {
  const { status, json } = await ask(path, method);
  expect(status).toBe(200);
  return json;
};
const bytes = (text: string) => Buffer.from(text, 'base64url');
const seal = async () => seals.push(await got('seals', 'POST'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verbatim-seals-'));
  file = join(folder, 'seals.jsonl');
  program = await startProgram({ settings: { SEAL_FILE: file } });
  eve = await program.person('eve');
  await program.grant(eve.id, 'auditor');
  await program.call('POST', '/v1/sessions', { json: { login: 'eve', password: 'correct horse', kind: 'key' } });
  const json = { name: 'Room', password: 'room password' };
  room = (await program.call('POST', '/v1/rooms', { token: eve.token, json })).json.id;
  await program.call('POST', `/v1/conversations/${room}/messages`, { token: eve.token, json: { text: 'first' } });
  for (const count of [5, 300, 400]) {
    await appendMessages(program.services.events, room, count);
    await seal();
  }
});
afterAll(async () => {
  await program.close();
  await rm(folder, { recursive: true });
});

const eventsNow = async () =>
  (await program.call('GET', '/v1/audit/events', { token: eve.token })).text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { id: string; position: number; type: string; stream: string });

describe('a seal', () => {
  test('is listed with all before it, and its key is public', async () => {
    const { items, next } = await got('seals');
    expect([items, next]).toEqual([seals, null]);
    const { items: keys } = (await program.call('GET', '/v1/audit/keys')).json;
    expect(keys).toEqual([expect.objectContaining({ kid: items[0].kid, kty: 'OKP', crv: 'Ed25519' })]);
  });

  test('stays the last one while nothing else is recorded', async () => {
    await got('events?limit=1');
    await got('seals', 'POST').then((last) => seals.push(last));
    expect(await got('seals', 'POST')).toEqual(seals.at(-1));
  });

  test('is also in the file that the operator named, and kept outside the log', async () => {
    const text = seals.map((seal) => `${JSON.stringify(seal)}\n`).join('');
    await expect.poll(() => readFile(file, 'utf8')).toBe(text);
  });
});

test('every event is proved, up to the last seal', async () => {
  const events = await eventsNow();
  const { size, root } = seals.at(-1)!;
  // The edges of tiles and of the tree, and some between.
  for (const index of [0, 1, 254, 255, 256, 300, 511, 512, 700, size - 2, size - 1]) {
    const { id, position } = events[index]!;
    const proof = await got(`proof/${id}?position=${position}`);
    expect([proof.index, proof.seal]).toEqual([index, seals.at(-1)]);
    expect(isIncluded(leafOf(bytes(proof.hash)), index, size, proof.path.map(bytes), bytes(root))).toBe(true);
  }
});

test('any two seals are proved to be of the same log', async () => {
  for (const [i, first] of seals.entries())
    for (const second of seals.slice(i)) {
      const { path } = await got(`consistency?first=${first.size}&second=${second.size}`);
      const [one, other] = [first, second].map(({ size, root }) => ({ size, root: bytes(root) }));
      expect(isConsistent(one!, other!, path.map(bytes))).toBe(true);
    }
});

test('an event is proved by its id alone, too, and the log knows who asked', async () => {
  const { id, position, stream } = (await eventsNow()).find(({ type }) => type === 'MessageSent')!;
  expect(await got(`proof/${id}`)).toEqual(await got(`proof/${id}?position=${position}`));
  expect(await ask(`proof/${randomUUID()}`)).toMatchObject({ status: 404 });
  const asked = (await recorded(program.services.events, 'LogRead')).map(({ data }) => data.stream);
  expect(asked).toContain(stream);
});

test('the log knows also who asked for the proof of an event that is not there', async () => {
  const otto = await program.person('otto');
  await program.grant(otto.id, 'auditor');
  const { status } = await program.call('GET', `/v1/audit/proof/${randomUUID()}`, { token: otto.token });
  expect(status).toBe(404);
  const readers = (await recorded(program.services.events, 'LogRead')).map(({ data }) => data.readerId);
  expect(readers).toContain(otto.id);
});

test('a proof shows no secret, and there is none of an event that is not there or not sealed', async () => {
  const events = await eventsNow();
  const issued = events.find(({ type }) => type === 'KeyIssued')!;
  expect(await got(`proof/${issued.id}?position=${issued.position}`)).toMatchObject({ content: null });
  expect(await ask(`proof/${issued.id}?position=${issued.position + 1}`)).toMatchObject({ status: 404 });
  expect(await ask(`proof/${issued.id}?position=999999999`)).toMatchObject({ status: 404 });
  const { size } = seals.at(-1)!;
  expect(await ask(`consistency?first=1&second=${size + 1}`)).toMatchObject({ status: 400 });
  expect(await ask(`consistency?first=${size}&second=1`)).toMatchObject({ status: 400 });
});

const python = spawnSync('python3', ['--version']).status === 0;

test.skipIf(!python)(
  'a page of Python checks both kinds of proof, and finds what was changed (skipped: no python3)',
  async () => {
    const script = new URL('../../docs/check_proof.py', import.meta.url).pathname;
    const write = async (name: string, content: unknown) => {
      await writeFile(join(folder, name), JSON.stringify(content));
      return join(folder, name);
    };
    const event = (await eventsNow()).find(({ type }) => type === 'MessageSent')!;
    const proof = await got(`proof/${event.id}?position=${event.position}`);
    const [first, second] = [seals[0]!, seals[2]!];
    const keys = await write('keys.json', (await program.call('GET', '/v1/audit/keys')).json);
    const proofFile = await write('proof.json', proof);
    const consistency = await write(
      'consistency.json',
      await got(`consistency?first=${first.size}&second=${second.size}`),
    );
    const [older, newer] = [await write('older.json', first), await write('newer.json', second)];
    // Where Python is told to run fast, it passes over what it takes for tests of the program itself.
    const env = { ...process.env, PYTHONOPTIMIZE: '1' };
    const run = (...args: string[]) =>
      execFileSync('python3', [script, ...args], { encoding: 'utf8', stdio: 'pipe', env });
    expect(run(proofFile, keys)).toContain(`good: the event ${event.id} is in the log`);
    expect(run(older, newer, consistency, keys)).toContain(`good: the first ${first.size} events`);
    const forged = await write('forged.json', {
      ...proof,
      content: proof.content.replace('MessageSent', 'MessageSend'),
    });
    expect(() => run(forged, keys)).toThrow('the content is another one');
    const otherId = randomUUID();
    const unseen = { ...proof, content: null, event: { ...proof.event, id: otherId } };
    const said = run(await write('unseen.json', unseen), keys);
    expect(said).toContain('an event of this hash is in the log');
    expect(said).toContain(`nothing proves that it is ${otherId}`);
    const cut = await write('cut.json', { first: first.size, second: second.size, path: [] });
    expect(() => run(older, newer, cut, keys)).toThrow('NOT GOOD');
    const noKeys = await write('none.json', { items: [] });
    expect(() => run(proofFile, noKeys)).toThrow('the key that signed is not among the keys');
    const resealed = await write('resealed.json', { ...first, root: second.root });
    expect(() => run(resealed, newer, consistency, keys)).toThrow('the signature is of another seal');
  },
);

test('the process that holds the lease seals at intervals, and sends again what could not be sent, or was perhaps not before its start', async () => {
  const { events } = program.services;
  const last = sealIn((await lastSealIn(events))!);
  const did: string[] = [];
  const stop = new AbortController();
  let isHeld = false;
  const sealing = {
    sealLog: async () => {
      if (did.filter((what) => what === 'seal').length === 1) stop.abort();
      did.push('seal');
      return last;
    },
    outlets: {
      // An outlet that hangs holds up no seal.
      send: (line: string) => {
        did.push(line);
        return new Promise(() => undefined);
      },
      retry: () => {
        did.push('retry');
        // From the second time on this process has the lease.
        isHeld = did.length > 1;
        return new Promise(() => undefined);
      },
    },
    every: 1,
    now: () => new Date(),
  };
  const lease = {
    get isHeld() {
      return isHeld;
    },
  };
  await keepSealing({ events, lease } as never, sealing, stop.signal)(() => undefined);
  expect(did).toEqual(['retry', 'retry', 'seal', JSON.stringify(last), 'retry', 'seal']);
});

test('the file has each seal once, on a line of its own, also after a line that broke off', async () => {
  const own = await mkdtemp(join(tmpdir(), 'verbatim-seals-'));
  const SEAL_FILE = join(own, 'seals.jsonl');
  await writeFile(SEAL_FILE, '{"first":1}\n{"sec');
  const outlets = createSealOutlets({ SEAL_WEBHOOK: undefined, SEAL_FILE });
  for (const line of ['{"third":3}', '{"third":3}', '{"fourth":4}']) await outlets.send(line);
  // As another process does it.
  await createSealOutlets({ SEAL_WEBHOOK: undefined, SEAL_FILE }).send('{"fourth":4}');
  expect(await readFile(SEAL_FILE, 'utf8')).toBe('{"first":1}\n{"sec\n{"third":3}\n{"fourth":4}\n');
  await rm(own, { recursive: true });
});

test('a pipe that nobody reads is warned of, and holds up neither seals nor the end; its reader gets the last seal', async () => {
  const own = await mkdtemp(join(tmpdir(), 'verbatim-seals-'));
  const SEAL_FILE = join(own, 'pipe');
  execFileSync('mkfifo', [SEAL_FILE]);
  const outlets = createSealOutlets({ SEAL_WEBHOOK: undefined, SEAL_FILE });
  await outlets.send('1');
  await outlets.send('2');
  expect(outlets.warnings()).toEqual([expect.stringMatching(/^SEAL_FILE: the last seal could not be sent: ENXIO/)]);
  await outlets.close();
  const reader = await open(SEAL_FILE, constants.O_RDONLY | constants.O_NONBLOCK);
  await outlets.retry();
  expect([(await reader.read()).buffer.toString('utf8', 0, 2), outlets.warnings()]).toEqual(['2\n', []]);
  await reader.close();
  await rm(own, { recursive: true });
});

test('standard output whose reader hangs is warned of, holds up no other outlet and no end, and gets the last seal later', async () => {
  const taken: string[] = [];
  const server = createServer(async (req, res) => {
    for await (const chunk of req) taken.push(String(chunk));
    res.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const waiting: PromiseWithResolvers<void>[] = [];
  const printed: string[] = [];
  const print = (line: string): Promise<void> => {
    printed.push(line);
    waiting.push(Promise.withResolvers());
    return waiting.at(-1)!.promise;
  };
  // Of the first seal, standard output is late, and the webhook never.
  const never = new AbortController().signal;
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(never);
  timeout.mockReturnValueOnce(never).mockReturnValueOnce(AbortSignal.abort(new Error('late')));
  const output = { print };
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const outlets = createSealOutlets({ SEAL_WEBHOOK: url, SEAL_FILE: '-' }, output);
    await outlets.send('1');
    await outlets.send('2');
    expect(taken).toEqual(['1', '2']);
    expect(outlets.warnings()).toEqual([
      'SEAL_FILE: the last seal could not be sent: it has not taken the line before',
    ]);
    for (const { resolve } of waiting.splice(0)) resolve();
    const retrying = outlets.retry();
    await expect.poll(() => waiting.length).toBe(1);
    for (const { resolve } of waiting.splice(0)) resolve();
    await retrying;
    expect([printed, outlets.warnings()]).toEqual([['1\n', '2\n'], []]);
    const patient = createSealOutlets({ SEAL_WEBHOOK: undefined, SEAL_FILE: '-' }, output);
    void patient.send('3');
    await patient.close();
  } finally {
    timeout.mockRestore();
    server.close();
    server.closeAllConnections();
  }
});

describe('a webhook', () => {
  test('gets each seal; while it fails, the warning names no address, and the last seal is sent again', async () => {
    const taken: string[] = [];
    let status = 500;
    const server = createServer(async (req, res) => {
      for await (const chunk of req) if (status === 200) taken.push(String(chunk));
      res.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook-token`;
    const outlets = createSealOutlets({ SEAL_WEBHOOK: url, SEAL_FILE: undefined });
    await outlets.send('1');
    await outlets.send('2');
    expect(outlets.warnings()).toEqual([expect.stringMatching(/^SEAL_WEBHOOK: the last seal could not be sent: /)]);
    expect(outlets.warnings().join()).not.toContain('hook-token');
    status = 200;
    await outlets.retry();
    expect([taken, outlets.warnings()]).toEqual([['2'], []]);
    server.close();
    server.closeAllConnections();
  });
});
