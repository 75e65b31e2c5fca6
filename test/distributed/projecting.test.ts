// One of several processes keeps the views; whatever becomes of it, another goes on, and nothing is lost or double.

import { afterEach, expect, test } from 'vitest';
import { describeOnSite, newName, type Process, type Site, until } from '../support/distributed.ts';
import type { Person } from '../support/program.ts';

/** Milliseconds in which another has to take over. */
const TAKE_OVER = 5000;

await describeOnSite('the process that projects', { faults: true }, (site) => {
  const running: Process[] = [];
  const start = async (roles: string): Promise<Process> => {
    const process = await site.start({ ROLES: roles });
    running.push(process);
    return process;
  };
  afterEach(async () => {
    site.mongo.resume();
    for (const process of running) process.resume();
    await Promise.all(running.splice(0).map((process) => process.kill()));
  });

  /** One that projects, one that takes over from it, and one that only serves, with somebody in a group there. */
  const cast = async () => {
    const first = await start('projector');
    await holds(site, first);
    const [second, api] = await Promise.all([start('projector'), start('api')]);
    const ann = await api.person(newName('ann'));
    const { json } = await api.call('POST', '/v1/groups', { token: ann.token, json: { name: newName('team') } });
    return { first, second, api, ann, team: json.id as string };
  };
  const say = (at: Process, { token }: Person, team: string, text: string) =>
    at.call('POST', `/v1/conversations/${team}/messages`, { token, json: { text } });
  const sayMany = async (at: Process, who: Person, team: string, count: number): Promise<void> => {
    const answers = await Promise.all(Array.from({ length: count }, (_, i) => say(at, who, team, `${i}`)));
    for (const { status } of answers) expect([201, 202]).toContain(status);
  };
  const isLikeRebuilt = async (): Promise<void> => {
    await site.settled();
    const live = await site.viewsDump();
    await site.rebuild();
    expect(await site.viewsDump()).toEqual(live);
  };

  test('dies between two batches: another goes on within seconds', async () => {
    const { first, api, ann, team } = await cast();
    await site.settled();
    await first.kill();
    const died = performance.now();
    const { position } = (await say(api, ann, team, 'after')).json;
    await site.settled();
    expect(performance.now() - died).toBeLessThan(TAKE_OVER);
    const { json } = await api.call('GET', `/v1/conversations/${team}/messages`, {
      token: ann.token,
      headers: { 'X-Min-Position': String(position ?? 0) },
    });
    expect(json.items.map(({ text }: { text: string }) => text)).toEqual(['after']);
    await isLikeRebuilt();
  });

  test('dies in the middle of a batch: another takes the rest of it, and nothing twice', async () => {
    const { first, api, ann, team } = await cast();
    const saying = sayMany(api, ann, team, 400);
    await until('it is at work', async () => (await site.recorded(team)).length > 100);
    // What it has begun to write neither ends nor fails until the server goes on.
    site.mongo.pause();
    await until('more is recorded than it can have seen', async () => (await site.recorded(team)).length === 400);
    await first.kill();
    site.mongo.resume();
    await saying;
    await isLikeRebuilt();
    expect((await site.recorded(team)).length).toBe(400);
  }, 60_000);

  test('is killed at any moment under load: another goes on each time', async () => {
    const { first, second, api, ann, team } = await cast();
    const projecting = [first, second];
    for (let round = 0; round < 4; round++) {
      const saying = sayMany(api, ann, team, 100);
      await until('something is recorded', async () => (await site.recorded(team)).length > round * 100 + 20 * round);
      await projecting.shift()!.kill();
      projecting.push(await start('projector'));
      await saying;
    }
    await isLikeRebuilt();
    expect((await site.recorded(team)).length).toBe(400);
  }, 90_000);

  test('sleeps for longer than it is believed, and wakes: it changes nothing, and may take its turn again', async () => {
    const { first, second, api, ann, team } = await cast();
    const saying = sayMany(api, ann, team, 200);
    await until('it is at work', async () => (await site.recorded(team)).length > 20);
    first.pause();
    await saying;
    // Somebody else has it now, since the views move.
    await site.settled();
    await sayMany(api, ann, team, 50);
    first.resume();
    await sayMany(api, ann, team, 50);
    await isLikeRebuilt();
    await second.kill();
    await sayMany(api, ann, team, 10);
    await isLikeRebuilt();
    expect((await site.recorded(team)).length).toBe(310);
  }, 90_000);

  test('serves nobody but operators when that is all its role; who only serves never projects', async () => {
    const api = await start('api');
    const { status } = await api.call('POST', '/v1/users', { json: { username: newName('ann'), password: 'a horse' } });
    // Recorded; nobody brings it into the views yet.
    expect(status).toBe(202);
    const head = await site.events.head();
    expect((await api.call('GET', '/readyz')).json.position).toBeLessThan(head);
    const projector = await start('projector');
    await until('the views have everything', async () => (await api.call('GET', '/readyz')).json.lag === 0);
    expect((await projector.call('GET', '/v1/me')).status).toBe(404);
    expect((await projector.call('GET', '/readyz')).status).toBe(200);
    expect((await projector.call('GET', '/metrics')).text).toContain('verbatim_');
  });
});

/** It has the lease, so that it is the one that projects. */
const holds = (site: Site, { child }: Process): Promise<void> =>
  until('it has the lease', async () => (await site.leaseHolder()).includes(`:${child.pid} `));
