// What a stranger writes into a request moves nobody else: neither the host of an address, nor an idempotency key.

import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reachedAt } from '../../src/http/listening.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
beforeAll(async () => {
  program = await startProgram();
  ann = await program.person('ann');
});
afterAll(() => program.close());

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** The client's own address. */
  readonly from?: string;
}

/** By Node's own client, which sends any `Host` and from any address of this machine. */
const ask = (path: string, { method = 'GET', headers = {}, json, from }: Sent = {}) =>
  new Promise<{ status: number; text: string; headers: string }>((resolve, reject) => {
    const sent = request(
      program.url + path,
      {
        method,
        headers: { ...headers, ...(json !== undefined && { 'Content-Type': 'application/json' }) },
        ...(from !== undefined && { localAddress: from }),
      },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        const text = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode!, text, headers: JSON.stringify(answer.rawHeaders) });
      },
    );
    sent.on('error', reject);
    sent.end(json === undefined ? undefined : JSON.stringify(json));
  });

describe('a host that a client makes up', () => {
  const SPOOFED: readonly Readonly<Record<string, string>>[] = [
    { Host: 'evil.example' },
    { Host: 'evil.example:x@good' },
    { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https', Forwarded: 'host=evil.example;proto=https' },
    { 'X-Original-URL': 'http://evil.example/', 'X-Forwarded-Prefix': '//evil.example' },
  ];

  test('stands in no answer: an address is that of the machine that the client reached', async () => {
    const group = await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'Tea' } });
    const messages = `/api/solarigroup/${group.json.number}/messages/`;
    const body = new FormData();
    body.set('file', new File(['bytes'], 'cat.png', { type: 'image/png' }));
    await program.call('POST', messages, { token: ann.token, body });
    const paths = [messages, '/userauth/', '/chatApp/', '/', '/docs', '/v1/openapi.json', '/v1/me', '/nothing'];
    for (const headers of SPOOFED)
      for (const path of paths) {
        const answer = await ask(path, { headers: { ...headers, Authorization: `Token ${ann.token}` } });
        expect(answer.text + answer.headers, path).not.toContain('evil');
        if (path === messages) expect(JSON.parse(answer.text)[0].file).toContain(`${program.url}/media/uploads/cat_`);
        if (path === '/userauth/') expect(JSON.parse(answer.text)).toEqual({ users: `${program.url}/userauth/users/` });
      }
  });

  test('is not needed to write the address, of either family', () => {
    const at = (localAddress: string) => reachedAt({ localAddress, localPort: 3000 } as never);
    expect(['192.168.1.5', '::ffff:10.0.0.1', '::1', 'fe80::1%eth0'].map(at)).toEqual([
      'http://192.168.1.5:3000',
      'http://10.0.0.1:3000',
      'http://[::1]:3000',
      'http://[fe80::1]:3000',
    ]);
  });
});

// Every address of 127/8 is the loopback on Linux alone.
const isMany = process.platform === 'linux' && networkInterfaces().lo !== undefined;

describe.runIf(isMany)('the idempotency key of somebody who is not signed in', () => {
  const send = (path: string, json: unknown, from: string) =>
    ask(path, { method: 'POST', json, from, headers: { 'Idempotency-Key': '1' } });
  const [ME, ELSEWHERE] = ['127.0.0.1', '127.0.0.2'];

  test('is a retry from the same address; from elsewhere, the same request is another one', async () => {
    const json = { username: 'bob', password: PASSWORD };
    const [first, again] = [await send('/v1/users', json, ME), await send('/v1/users', json, ME)];
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
    const other = await send('/v1/users', json, ELSEWHERE);
    expect([other.status, JSON.parse(other.text).code]).toEqual([409, 'username-taken']);
  });

  test('gives nobody elsewhere the tokens or the key of an answer', async () => {
    const json = { login: 'ann', password: PASSWORD };
    const [mine, theirs] = [await send('/v1/sessions', json, ME), await send('/v1/sessions', json, ELSEWHERE)];
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(JSON.parse(theirs.text).refreshToken).not.toBe(JSON.parse(mine.text).refreshToken);
    const wish = { username: 'cleo', password1: 'tr0ubadour&3', password2: 'tr0ubadour&3' };
    expect((await send('/silicornya/registration/', wish, ME)).status).toBe(201);
    expect((await send('/silicornya/registration/', wish, ELSEWHERE)).status).toBe(400);
  });
});
