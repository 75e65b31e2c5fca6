// The log for auditors, and the routes for operators.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { revokeRole } from '../../src/commands/revokeRole.ts';
import { meta } from '../support/core.ts';
import { appendMessages } from '../support/manyMessages.ts';
import { type Person, type Program, type Reply, startProgram } from '../support/program.ts';

interface Line {
  readonly position: number;
  readonly type: string;
  readonly stream: string;
}

/** Messages: more than a page has, and those of them that were sent by requests. */
const [ALL, SENT] = [600, 10];

let program: Program;
let eve: Person;
let room: string;
beforeAll(async () => {
  program = await startProgram();
  eve = await program.person('eve');
  await program.grant(eve.id, 'auditor');
  const json = { name: 'Room', password: 'room password' };
  room = (await program.call('POST', '/v1/rooms', { token: eve.token, json })).json.id;
  await program.call('POST', '/v1/sessions', { json: { login: 'eve', password: 'correct horse', kind: 'key' } });
  const path = `/v1/conversations/${room}/messages`;
  for (let i = 0; i < SENT; i++) await program.call('POST', path, { token: eve.token, json: { text: `m${i}` } });
  await appendMessages(program.services.events, room, ALL - SENT);
});
afterAll(() => program.close());

const read = async (query = '') => {
  const reply = await program.call('GET', `/v1/audit/events${query}`, { token: eve.token });
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
  return reply.text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
};

describe('the log', () => {
  test('is read whole, in order, each event once', async () => {
    const lines = await read();
    const positions = lines.map(({ position }) => position);
    expect(positions).toEqual([...new Set(positions)].sort((one, other) => one - other));
    expect(positions.at(-1)).toBe(await program.services.events.head());
    expect(lines.filter(({ type }) => type === 'MessageSent')).toHaveLength(ALL);
  });

  test('is gone on with after the last position', async () => {
    const all = await read();
    const parts: Line[] = [];
    for (let after = 0; ; ) {
      const part = await read(`?after=${after}&limit=400`);
      if (part.length === 0) break;
      parts.push(...part);
      after = part.at(-1)!.position;
    }
    expect(parts).toEqual(all);
  });

  test('is read by stream and by type', async () => {
    const stream = `conversation-${room}`;
    expect((await read(`?stream=${stream}`)).map(({ type }) => type)).toEqual(['RoomOpened']);
    expect((await read(`?stream=messages-${room}`)).length).toBe(ALL);
    expect((await read('?type=RoleGranted')).map(({ type }) => type)).toEqual(['RoleGranted']);
    const sent = await read(`?stream=messages-${room}&type=MessageSent&limit=3`);
    expect(await read(`?stream=messages-${room}&after=${sent[1]!.position}&limit=1`)).toEqual([sent[2]]);
  });

  test('shows no hash of a password or a key', async () => {
    const { text } = await program.call('GET', '/v1/audit/events', { token: eve.token });
    const hashes = text.match(/"(passwordHash|keyHash)":"[^"]*"/g) ?? [];
    expect(new Set(hashes)).toEqual(new Set(['"passwordHash":"[redacted]"', '"keyHash":"[redacted]"']));
  });

  /** Reads the log as the owner of `token`, with `meanwhile` between its first page and its second. */
  const readWith = async (token: string, meanwhile: (pages: () => number) => Promise<unknown>) => {
    const events = program.services.events.recorded;
    const { readLog } = events;
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    let pages = 0;
    Object.assign(events, {
      readLog: async (...given: Parameters<typeof readLog>) => {
        if (++pages === 2) {
          reached.resolve();
          await gate.promise;
        }
        return readLog.apply(events, given);
      },
    });
    try {
      const reading = fetch(`${program.url}/v1/audit/events`, { headers: { Authorization: `Bearer ${token}` } });
      await reached.promise;
      await meanwhile(() => pages);
      gate.resolve();
      return await (await reading).text();
    } finally {
      gate.resolve();
      Object.assign(events, { readLog });
    }
  };
  const tokenOf = async (login: string): Promise<string> =>
    (await program.call('POST', '/v1/sessions', { json: { login, password: 'correct horse' } })).json.accessToken;

  test('is read by one request of an auditor at a time', async () => {
    let second: Promise<Reply> | undefined;
    await readWith(await tokenOf('eve'), async (pages) => {
      second = program.call('GET', '/v1/audit/events?limit=1', { token: eve.token });
      await program.call('GET', '/v1/me', { token: eve.token });
      expect(pages()).toBe(2);
    });
    expect((await second!).status).toBe(200);
  });

  test.each<[string, (auditor: Person) => Promise<unknown>]>([
    ['role', ({ id }) => revokeRole(program.services.core, meta(), { userId: id, role: 'auditor' })],
    ['session', ({ token }) => program.call('DELETE', '/v1/sessions/current', { token })],
    ['account', ({ id }) => deleteUser(program.services.core, { ...meta(id), signedInAt: new Date() }, {})],
  ])('is broken off before the next page when its reader loses the %s', async (what, lose) => {
    const auditor = await program.person(`auditor-${what}`);
    await program.grant(auditor.id, 'auditor');
    await expect(readWith(auditor.token, () => lose(auditor))).rejects.toThrow();
  });

  test('is refused a question that is none, by name', async () => {
    for (const query of ['after=x', 'type=Nothing', 'limit=0', 'stream=', 'what=1']) {
      const { status, json } = await program.call('GET', `/v1/audit/events?${query}`, { token: eve.token });
      expect([status, json.errors[0].field]).toEqual([400, query.split('=')[0]]);
    }
  });

  test('of one stream is read page by page', async () => {
    const page = async (query: string) =>
      (await program.call('GET', `/v1/audit/streams/messages-${room}?${query}`, { token: eve.token })).json;
    const first = await page('limit=100');
    const second = await page(`limit=100&from=${first.next}`);
    expect([first.items[0].revision, second.items[0].revision, second.next]).toEqual([0, 100, 200]);
    expect(await page('from=550&limit=100')).toMatchObject({ next: null });
  });
});

describe('operators', () => {
  test('see that it lives, that it is ready, and how far the views are', async () => {
    expect((await program.call('GET', '/livez')).text).toBe('ok\n');
    const head = await program.services.events.head();
    await program.settled();
    const { status, json } = await program.call('GET', '/readyz');
    expect([status, json]).toEqual([200, { status: 'ready', position: head, head, lag: 0, troubles: [] }]);
  });

  test('see requests counted and timed by route', async () => {
    const { text, headers } = await program.call('GET', '/metrics');
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text).toMatch(
      /verbatim_requests_total\{route="POST \/v1\/conversations\/:conversationId\/messages",status="201"\} 10\n/,
    );
    expect(text).toContain('verbatim_request_seconds_bucket');
    expect(text).toMatch(/^verbatim_messages_sent_total 10$/m);
    expect(text).toMatch(/^verbatim_visible_seconds_count 600$/m);
    expect(text).not.toContain(room);
  });
});
