// verbatim history: the log on a terminal.

import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PresentedEvent } from '../../src/audit/presentEvents.ts';
import { lineOf } from '../../src/cli/historyLines.ts';
import { startVerb, temporaryDirectory } from '../support/cli.ts';
import { startEventStoreDb } from '../support/eventStoreDb/startEventStoreDb.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { ann as annId, NOON, uuid } from '../support/scenario.ts';

let program: Program;
let [ann, ben] = [] as unknown as [Person, Person];
let group: string;
beforeAll(async () => {
  program = await startProgram();
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
  const json = { name: 'Team', memberIds: [ben.id] };
  group = (await program.call('POST', '/v1/groups', { token: ann.token, json })).json.id;
  await program.call('DELETE', `/v1/conversations/${group}/members/${ben.id}`, { token: ann.token });
});
afterAll(() => program.close());

const envOf = (): Record<string, string> => {
  const { EVENTSTORE_URL = '', MONGODB_URL = '', AUTH_SECRET = '' } = program.services.config;
  const shared = EVENTSTORE_URL + MONGODB_URL === '' ? '' : String(AUTH_SECRET);
  return { DATA_DIR: program.dataDir, EVENTSTORE_URL, MONGODB_URL, AUTH_SECRET: shared };
};

/** What the verb prints, beside the running server. */
const history = async (...args: readonly string[]): Promise<readonly string[]> => {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += chunk;
    return true;
  });
  const { code, err } = await runVerbHere(['history', ...args], envOf()).finally(() => write.mockRestore());
  expect([code, err]).toEqual([0, '']);
  return out.trimEnd().split('\n');
};
const json = async (...args: readonly string[]): Promise<readonly PresentedEvent[]> =>
  (await history(...args, '--json')).map((line) => JSON.parse(line) as PresentedEvent);

describe('history', () => {
  test('prints the whole log of a running server, and records nothing', async () => {
    const before = await program.services.events.head();
    const all = await json();
    expect([all[0]!.type, all.at(-1)!.position]).toEqual(['LogBegun', before]);
    expect(await program.services.events.head()).toBe(before);
    const hashes = JSON.stringify(all).match(/"passwordHash":"[^"]*"/g);
    expect(new Set(hashes)).toEqual(new Set(['"passwordHash":"[redacted]"']));
  });

  test('names EventStoreDB without user, password and options', async () => {
    const home = await temporaryDirectory();
    const node = await startEventStoreDb({ file: join(home.path, 'node.db') });
    const url = node.url.replace('//', '//ann:s3cret@');
    const env = { DATA_DIR: program.dataDir, EVENTSTORE_URL: url, AUTH_SECRET: 'x'.repeat(32) };
    const { code, err } = await runVerbHere(['history', 'user-nobody'], env).finally(() =>
      node.close().then(home.remove),
    );
    const place = node.url.replace(/\?.*/, '');
    expect([code, err]).toEqual([1, `verbatim history: there is no stream 'user-nobody' in ${place}\n`]);
  });

  test('says in a line who did what to whom', async () => {
    const [line, ...more] = await history('--type', 'MemberRemoved', '--subject', ben.id);
    expect(more).toEqual([]);
    expect(line).toContain(`  ann <${ann.id}>  MemberRemoved  conversation-${group}@2  `);
    expect(line).toContain(`userId=ben <${ben.id}>  removedBy=ann <${ann.id}>`);
  });

  test('takes the filters of the route', async () => {
    const all = await json();
    const removal = all.find(({ type }) => type === 'MemberRemoved')!;
    const of = async (...args: readonly string[]) => (await json(...args)).map(({ position }) => position);
    expect(await of('--correlation', removal.meta.correlationId)).toEqual([removal.position]);
    expect(await of('--from', removal.at, '--type', 'MemberRemoved')).toEqual([removal.position]);
    const [day, next] = [0, 1].map((days) =>
      new Date(Date.parse(removal.at) + days * 86_400_000).toISOString().slice(0, 10),
    );
    expect(await of('--from', day!, '--to', next!, '--type', 'MemberRemoved')).toEqual([removal.position]);
    expect(await of(`conversation-${group}`, '--actor', ann.id, '--limit', '1')).toHaveLength(1);
    const [created] = all.filter(({ type }) => type === 'GroupCreated').map(({ position }) => position);
    const later = all.map(({ position }) => position).filter((position) => position > created!);
    expect(await of('--after', String(created), '--up-to', String(all.at(-1)!.position))).toEqual(later);
    const related = await history('--related', String(removal.position));
    expect(related).toEqual([expect.stringContaining('[itself]  ann <')]);
  });

  test('names a stream that is not there, and a position where no event lies', async () => {
    const nowhere = await runVerbHere(['history', 'user-nobody'], envOf());
    expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining("there is no stream 'user-nobody'") });
    const nothing = await runVerbHere(['history', '--related', '999999999999999'], envOf());
    expect(nothing).toMatchObject({ code: 1, err: expect.stringContaining('no event lies at the position') });
  });

  test('follows a running server, and ends quietly when nobody reads on', async () => {
    const child = startVerb(['history', '--follow', '--json', '--type', 'GroupCreated'], envOf());
    let [out, err] = ['', ''];
    const heard = Promise.withResolvers<void>();
    child.stderr!.on('data', (chunk) => {
      err += chunk;
    });
    child.stdout!.on('data', (chunk) => {
      out += chunk;
      if (out.includes('Another')) heard.resolve();
    });
    await once(child.stdout!, 'data');
    const made = (name: string) => program.call('POST', '/v1/groups', { token: ann.token, json: { name } });
    await made('Another');
    await heard.promise;
    child.stdout!.destroy();
    await made('Third');
    const [code] = await once(child, 'close');
    expect([code, err]).toEqual([0, '']);
  });
});

describe('a line', () => {
  const person = { userId: annId, name: 'Ann Lee', username: 'ann' };
  const event = (data: object, people: readonly object[] = [person]): PresentedEvent =>
    ({
      ...{ id: uuid(1), type: 'MessageSent', stream: 'log', revision: 3, position: 7, at: NOON, v: 1, hash: 'h' },
      ...{ meta: { actorId: annId, correlationId: 'r' }, data, people },
    }) as unknown as PresentedEvent;

  test('shows a deleted and an erased person for what they are', () => {
    const lines = [
      { ...person, deleted: true },
      { ...person, name: null, erased: true },
    ].map((one) => lineOf(event({}, [one])));
    expect(lines).toEqual([
      `7  ${NOON}  Ann Lee (ann), deleted <${annId}>  MessageSent  log@3`,
      `7  ${NOON}  (erased) <${annId}>  MessageSent  log@3`,
    ]);
  });

  test('is one line, and nothing in it moves the cursor or turns the text round', () => {
    const line = lineOf(
      event({ text: 'a\nb\u001b[2J\u009b1m\u202etxt' }, [{ ...person, name: 'x\u001b]0;y\u0007\n' }]),
    );
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('cuts a long text', () => {
    expect(lineOf(event({ text: 'x'.repeat(5000) })).length).toBeLessThan(400);
  });
});
