// One of several processes keeps the views; whatever becomes of it, another goes on, and nothing is lost or double.

import { afterEach, expect, test } from 'vitest';
import { describeOnSite, newName, type Process, until } from '../support/distributed.ts';
import type { Person } from '../support/program.ts';

/** Messages sent at once, so many that the projector dies in the middle of them. */
const BATCH = 100;
/** Kills one after the other, and the messages sent around each. */
const ROUNDS = 2;
const LOAD = 40;

await describeOnSite('the process that projects', { faults: true, mongo: true }, (site) => {
  const projectors: Process[] = [];
  let serving: Promise<Process> | undefined;
  const start = async (): Promise<Process> => {
    const process = await site.start({ ROLES: 'projector' });
    projectors.push(process);
    return process;
  };
  /** One that only serves, for all tests: nobody harms it. */
  const api = (): Promise<Process> => {
    serving ??= site.start({ ROLES: 'api' });
    return serving;
  };
  const kill = async (process: Process): Promise<void> => {
    projectors.splice(projectors.indexOf(process), 1);
    await process.kill();
  };
  afterEach(() => {
    site.mongo.resume();
    for (const process of projectors) process.resume();
  });

  const holder = async (): Promise<Process | undefined> => {
    const held = await site.leaseHolder();
    return projectors.find(({ child }) => held.includes(`:${child.pid} `));
  };

  /** One that projects, one that takes over from it, and one that only serves, with somebody in a group there. */
  const cast = async () => {
    while (projectors.length < 2) await start();
    await until('one has the lease', async () => (await holder()) !== undefined);
    const first = (await holder())!;
    const second = projectors.find((process) => process !== first)!;
    const at = await api();
    const ann = await at.person(newName('ann'));
    const { json } = await at.call('POST', '/v1/groups', { token: ann.token, json: { name: newName('team') } });
    return { first, second, api: at, ann, team: json.id as string };
  };
  const say = (at: Process, { token }: Person, team: string, text: string) =>
    at.call('POST', `/v1/conversations/${team}/messages`, { token, json: { text } });
  const sayMany = async (at: Process, who: Person, team: string, count: number): Promise<void> => {
    const answers = await Promise.all(Array.from({ length: count }, (_, i) => say(at, who, team, `${i}`)));
    for (const { status } of answers) expect([201, 202]).toContain(status);
  };

  test('serves nobody but operators when that is all its role; who only serves never projects', async () => {
    const at = await api();
    const { status } = await at.call('POST', '/v1/users', {
      json: { username: newName('ann'), password: 'correct horse' },
    });
    // Recorded; nobody brings it into the views yet.
    expect(status).toBe(202);
    const head = await site.events.head();
    expect((await at.call('GET', '/readyz')).json.position).toBeLessThan(head);
    const projector = await start();
    await until('the views have everything', async () => (await at.call('GET', '/readyz')).json.lag === 0);
    expect((await projector.call('GET', '/v1/me')).status).toBe(404);
    expect((await projector.call('GET', '/readyz')).status).toBe(200);
    expect((await projector.call('GET', '/metrics')).text).toContain('verbatim_');
  });

  test('dies between two batches: another goes on', async () => {
    const { first, api, ann, team } = await cast();
    await site.settled();
    await kill(first);
    const { position } = (await say(api, ann, team, 'after')).json;
    await site.settled();
    const { json } = await api.call('GET', `/v1/conversations/${team}/messages`, {
      token: ann.token,
      headers: { 'X-Min-Position': String(position ?? 0) },
    });
    expect(json.items.map(({ text }: { text: string }) => text)).toEqual(['after']);
    await site.isLikeRebuilt();
  });

  test('dies in the middle of a batch: another takes the rest of it, and nothing twice', async () => {
    const { first, api, ann, team } = await cast();
    const saying = sayMany(api, ann, team, BATCH);
    await until('it is at work', () => site.hasMoreThan(BATCH / 4, team));
    // What it has begun to write neither ends nor fails until the server goes on.
    site.mongo.pause();
    await until('more is recorded than it can have seen', () => site.hasMoreThan(BATCH - 1, team));
    await kill(first);
    site.mongo.resume();
    await saying;
    await site.isLikeRebuilt();
    expect((await site.recorded(team)).length).toBe(BATCH);
  }, 60_000);

  test('is killed at any moment under load: another goes on each time', async () => {
    const { first, second, api, ann, team } = await cast();
    const projecting = [first, second];
    for (let round = 0; round < ROUNDS; round++) {
      const saying = sayMany(api, ann, team, LOAD);
      await until('something is recorded', () => site.hasMoreThan(round * LOAD + 10 * round, team));
      await kill(projecting.shift()!);
      projecting.push(await start());
      await saying;
    }
    await site.isLikeRebuilt();
    expect((await site.recorded(team)).length).toBe(ROUNDS * LOAD);
  }, 90_000);

  test('sleeps for longer than it is believed, and wakes: it changes nothing, and may take its turn again', async () => {
    const { first, second, api, ann, team } = await cast();
    const saying = sayMany(api, ann, team, LOAD);
    await until('it is at work', () => site.hasMoreThan(LOAD / 4, team));
    first.pause();
    await saying;
    // Somebody else has it now, since the views move.
    await site.settled();
    await sayMany(api, ann, team, 20);
    first.resume();
    await sayMany(api, ann, team, 20);
    await site.isLikeRebuilt();
    await kill(second);
    await sayMany(api, ann, team, 10);
    await site.isLikeRebuilt();
    expect((await site.recorded(team)).length).toBe(LOAD + 50);
  }, 90_000);
});
