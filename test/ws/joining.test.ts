// Joining while the hub is behind the views, or ahead of what was looked up: nothing is lost, told twice or told wrongly.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Services } from '../../src/services.ts';
import { native } from '../../src/ws/frames.ts';
import { createHub, type Hub } from '../../src/ws/hub.ts';
import { createGate, instead } from '../support/instead.ts';
import { PASSWORD, type Person, type Program, startProgram } from '../support/program.ts';
import { keptSink } from '../support/sink.ts';

let program: Program;
let ann: Person;
let ben: Person;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  program = await startProgram();
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
});

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

afterAll(() => program.close());

/** A hub that has told everything so far, and tells nothing before `run`. */
const hubNow = async (changed: Partial<Services> = {}) => {
  const hub = createHub({ ...program.services, ...changed, startHead: await program.services.events.head() });
  const run = (): void => {
    const stopping = new AbortController();
    const running = hub.run(stopping.signal);
    stops.push(async () => {
      stopping.abort();
      await running;
    });
  };
  return { hub, run };
};

const caughtUp = async (hub: Hub): Promise<void> => {
  const head = await program.services.events.head();
  await expect.poll(() => hub.position).toBeGreaterThanOrEqual(head);
};

const join = async (hub: Hub, token: string) => {
  const identity = (await program.services.authenticator.byAccessToken(token))!;
  const sink = keptSink();
  const subscriber = await hub.add({ who: { identity }, protocol: native, sink, byMembership: true });
  hub.goLive(subscriber);
  return { sink, subscriber };
};

const group = async (owner: Person, members: readonly Person[]): Promise<string> => {
  const json = { name: 'team', memberIds: members.map(({ id }) => id) };
  return (await program.call('POST', '/v1/groups', { token: owner.token, json })).json.id;
};

const say = async (conversationId: string, text: string): Promise<void> => {
  await program.call('POST', `/v1/conversations/${conversationId}/messages`, { token: ann.token, json: { text } });
};

const put = (conversationId: string) =>
  program.call('POST', `/v1/conversations/${conversationId}/members`, { token: ann.token, json: { userId: ben.id } });
const remove = (conversationId: string) =>
  program.call('DELETE', `/v1/conversations/${conversationId}/members/${ben.id}`, { token: ann.token });

const heard = (sink: { frames: readonly { type: string; message?: { text: string } }[] }) =>
  sink.frames.map(({ type, message }) => message?.text ?? type);

describe('who joins while the hub is behind the views', () => {
  test('hears a group they were added to meanwhile, each message once', async () => {
    const team = await group(ann, []);
    const { hub, run } = await hubNow();
    // Before they came: to be fetched by them, not to be told in part.
    await say(team, 'without ben');
    await put(team);
    await say(team, 'welcome');
    const { sink } = await join(hub, ben.token);
    run();
    await caughtUp(hub);
    expect(heard(sink)).toEqual(['member-added', 'welcome']);
  });

  test('hears once that they were removed from a group meanwhile, and nothing that was said there after it', async () => {
    const team = await group(ann, [ben]);
    const { hub, run } = await hubNow();
    await remove(team);
    await say(team, 'without ben');
    const { sink } = await join(hub, ben.token);
    run();
    await caughtUp(hub);
    expect(heard(sink)).toEqual(['member-removed']);
  });

  test('removed and added again, hears what the log says and no more', async () => {
    const team = await group(ann, [ben]);
    const { hub, run } = await hubNow();
    await remove(team);
    await say(team, 'without ben');
    await put(team);
    await say(team, 'with ben');
    const { sink } = await join(hub, ben.token);
    run();
    await caughtUp(hub);
    expect(heard(sink)).toEqual(['member-removed', 'member-added', 'with ben']);
  });

  test('stays, signed in anew after a change of password that the hub has yet to tell', async () => {
    const cleo = await program.person('cleo');
    const { hub, run } = await hubNow();
    const old = await join(hub, cleo.token);
    const password = 'another one 42';
    const signIn = async (known: string): Promise<string> =>
      (await program.call('POST', '/v1/sessions', { json: { login: 'cleo', password: known } })).json.accessToken;
    const elsewhere = await signIn(PASSWORD);
    const own = await join(hub, elsewhere);
    await program.call('PUT', '/v1/me/password', { token: elsewhere, json: { current: PASSWORD, password } });
    const fresh = await join(hub, await signIn(password));
    run();
    await caughtUp(hub);
    expect(old.sink.ended).toBe(4401);
    expect([own.sink.ended, fresh.sink.ended]).toEqual([undefined, undefined]);
  });

  test('is refused when they were signed out after they were looked at', async () => {
    const dora = await program.person('dora');
    const { hub } = await hubNow();
    const identity = (await program.services.authenticator.byAccessToken(dora.token))!;
    await program.call('DELETE', '/v1/sessions/current', { token: dora.token });
    const joining = { who: { identity }, protocol: native, sink: keptSink(), byMembership: true };
    await expect(hub.add(joining)).rejects.toMatchObject({ code: 'signed-out' });
    expect(hub.size).toBe(0);
  });
});

describe('who joins while the views are behind the hub', () => {
  test.each([
    ['added to a group', false, ['hello', 'again']],
    ['removed from a group', true, []],
  ])('%s meanwhile: joins once the views know it, and not before', async (_, wasMember, rest) => {
    const team = await group(ann, wasMember ? [ben] : []);
    const before = await program.services.queries.membershipsOf(ben.id, { after: 0, limit: 500 });
    const { queries, progress } = program.services;
    const gate = createGate();
    gate.shut();
    let asked = () => {};
    const waits = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let viewsOf = async () => before;
    const { hub, run } = await hubNow({
      // Until the gate opens, the views are as they were before ben was added or removed.
      queries: {
        ...queries,
        membershipsOf: () => viewsOf(),
      },
      progress: instead(progress, {
        reached: async (...given) => {
          asked();
          await gate.passed();
          return progress.reached(...given);
        },
      }),
    });
    run();
    if (wasMember) await remove(team);
    else await put(team);
    await caughtUp(hub);
    const joining = join(hub, ben.token);
    await waits;
    viewsOf = () => queries.membershipsOf(ben.id, { after: 0, limit: 500 });
    gate.open();
    const { sink } = await joining;
    await say(team, 'hello');
    await say(team, 'again');
    await caughtUp(hub);
    expect(heard(sink)).toEqual(rest);
  });

  test('is refused, to come again, where the views do not get there', async () => {
    const { hub } = await hubNow({ progress: instead(program.services.progress, { reached: async () => false }) });
    await expect(join(hub, ben.token)).rejects.toMatchObject({ name: 'Unavailable' });
    expect(hub.size).toBe(0);
  });
});

describe('who is looked up while something happens to them', () => {
  /** Queries whose memberships are held back after they were read. */
  const heldBack = () => {
    const { queries } = program.services;
    let release = () => {};
    let hasRead = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const read = new Promise<void>((resolve) => {
      hasRead = resolve;
    });
    const membershipsOf: typeof queries.membershipsOf = async (...asked) => {
      const page = await queries.membershipsOf(...asked);
      hasRead();
      await held;
      return page;
    };
    return { queries: { ...queries, membershipsOf }, read, release };
  };

  test.each([
    ['removed', true, ['member-removed', 'member-added', 'back']],
    ['added', false, ['member-removed', 'member-added', 'back']],
  ])('%s: what happened counts', async (_, wasMember, rest) => {
    const team = await group(ann, wasMember ? [ben] : []);
    const { queries, read, release } = heldBack();
    const { hub, run } = await hubNow({ queries });
    run();
    const joining = join(hub, ben.token);
    await read;
    if (wasMember) await remove(team);
    else await put(team);
    await caughtUp(hub);
    release();
    const { sink } = await joining;
    await say(team, 'now');
    if (wasMember) await put(team);
    else await remove(team);
    if (!wasMember) await put(team);
    await say(team, 'back');
    await caughtUp(hub);
    expect(heard(sink)).toEqual(wasMember ? rest.slice(1) : ['now', ...rest]);
  });

  test('signed out meanwhile: refused', async () => {
    const emil = await program.person('emil');
    const { queries, read, release } = heldBack();
    const { hub, run } = await hubNow({ queries });
    run();
    const joining = join(hub, emil.token);
    const refused = expect(joining).rejects.toMatchObject({ code: 'signed-out' });
    await read;
    await program.call('DELETE', '/v1/sessions/current', { token: emil.token });
    await caughtUp(hub);
    release();
    await refused;
    expect(hub.size).toBe(0);
  });
});

test('a room that is opened while it is asked for is heard from its first message on', async () => {
  const { events } = program.services;
  const early = instead(events, { readStream: async () => [] });
  const { hub, run } = await hubNow({ events: early });
  const { sink, subscriber } = await join(hub, ben.token);
  const room = (await program.call('POST', '/v1/rooms', { token: ann.token, json: { name: 'lobby' } })).json.id;
  await say(room, 'first');
  expect(await hub.watch(subscriber, room)).toBe(false);
  run();
  await caughtUp(hub);
  expect(heard(sink)).toEqual(['conversation', 'first']);
});

const silent = async (hub: Hub, protocol = native) => {
  const identity = (await program.services.authenticator.byAccessToken(ben.token))!;
  const sink = keptSink();
  return { sink, subscriber: await hub.add({ who: { identity }, protocol, sink, byMembership: true }) };
};

describe('who resumes while the hub is behind the log', () => {
  test('after a place the hub has yet to tell, is told only what lies behind it', async () => {
    const team = await group(ann, [ben]);
    const { hub, run } = await hubNow();
    const [all, late] = [await join(hub, ben.token), await silent(hub)];
    await say(team, 'one');
    await say(team, 'two');
    const after = await program.services.events.head();
    await hub.resume(late.subscriber, after, () => undefined);
    expect(hub.resumeAt(late.subscriber)).toBe(after);
    await say(team, 'three');
    run();
    await caughtUp(hub);
    expect(heard(all.sink)).toEqual(['one', 'two', 'three']);
    expect(heard(late.sink)).toEqual(['three']);
  });

  test('misses nothing of a group they were added to beyond where the hub is', async () => {
    const from = await program.services.events.head();
    const team = await group(ann, []);
    const { events } = program.services;
    const { hub, run } = await hubNow({ events: instead(events, { readLog: (after) => events.readLog(after, 5) }) });
    const { sink, subscriber } = await silent(hub);
    await put(team);
    // More than are read at once.
    await Promise.all(Array.from({ length: 12 }, () => say(team, 'welcome')));
    await hub.resume(subscriber, from, () => undefined);
    run();
    await caughtUp(hub);
    expect(heard(sink)).toEqual(['member-added', ...Array.from({ length: 12 }, () => 'welcome')]);
  });

  test('does not wait for views that somebody else waits for', async () => {
    const team = await group(ann, [ben]);
    const from = await program.services.events.head();
    const { events, progress } = program.services;
    const gate = createGate();
    const { hub, run } = await hubNow({
      events: instead(events, { readLog: (after) => events.readLog(after, 2) }),
      progress: instead(progress, { reached: (position) => gate.passed().then(() => progress.reached(position)) }),
    });
    run();
    const path = `/v1/conversations/${team}/messages`;
    const { id } = (await program.call('POST', path, { token: ann.token, json: { text: 'one' } })).json;
    await program.call('PATCH', `${path}/${id}`, { token: ann.token, json: { text: 'edited' } });
    const after = await program.services.events.head();
    await say(team, 'two');
    await caughtUp(hub);
    const [waiting, other] = [await silent(hub), await silent(hub)];
    gate.shut();
    // The views tell what became of the message that was edited.
    const resuming = hub.resume(waiting.subscriber, from, () => undefined);
    await hub.resume(other.subscriber, after, () => undefined);
    expect([heard(waiting.sink), heard(other.sink)]).toEqual([[], ['two']]);
    gate.open();
    await resuming;
    expect(heard(waiting.sink)).toEqual(['edited', 'message-edited', 'two']);
  });

  test('and reads slowly is written nothing while they are full, and everything in the end', async () => {
    const team = await group(ann, [ben]);
    const from = await program.services.events.head();
    await Promise.all(Array.from({ length: 25 }, (_, i) => say(team, `${i} ${'long '.repeat(800)}`)));
    const { hub } = await hubNow();
    const identity = (await program.services.authenticator.byAccessToken(ben.token))!;
    const kept = keptSink();
    const full = 32 * 1024;
    const burst = 16 * 1024;
    let waiting = 0;
    let drains = 0;
    let writtenWhileFull = 0;
    let mostWaiting = 0;
    const sink = {
      ...kept,
      write: (frames: Buffer) => {
        if (waiting > full) writtenWhileFull++;
        waiting += frames.length;
        mostWaiting = Math.max(mostWaiting, waiting);
        kept.write(frames);
      },
      get isFull() {
        return waiting > full;
      },
      drained: async () => {
        drains++;
        waiting = 0;
      },
    };
    const subscriber = await hub.add({ who: { identity }, protocol: native, sink, byMembership: true });
    await hub.resume(subscriber, from, () => undefined);
    expect(heard(kept)).toHaveLength(25);
    expect(writtenWhileFull).toBe(0);
    expect(drains).toBeGreaterThan(1);
    expect(mostWaiting).toBeLessThanOrEqual(full + burst);
  });

  test.each([
    ['is not told what they may no longer read once the words for it are found', false, ['member-removed']],
    [
      'and is put out and in meanwhile is told from the return on: what lies before is for them to fetch',
      true,
      ['member-removed', 'member-added', 'back'],
    ],
  ])('%s', async (_, returns, expected) => {
    const team = await group(ann, [ben]);
    const from = await program.services.events.head();
    await say(team, 'hold');
    await say(team, 'secret');
    let release = () => {};
    let hasBegun = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const begun = new Promise<void>((resolve) => {
      hasBegun = resolve;
    });
    const slow: typeof native = {
      name: 'slow',
      frames: {
        ...native.frames,
        MessageSent: async (event, context) => {
          if (event.data.text === 'hold') {
            hasBegun();
            await held;
          }
          return native.frames.MessageSent!(event, context);
        },
      },
    };
    const { hub, run } = await hubNow();
    run();
    const { sink, subscriber } = await silent(hub, slow);
    const resuming = hub.resume(subscriber, from, () => undefined);
    await begun;
    await remove(team);
    if (returns) {
      await say(team, 'without ben');
      await put(team);
      await say(team, 'back');
    }
    await caughtUp(hub);
    release();
    await resuming;
    expect(heard(sink)).toEqual(expected);
  });
});

describe('who begins to listen in the moment in which the hub passes an event', () => {
  /** More turns of the queue of microtasks than the hub needs to pass an event that it sends to nobody. */
  const TURNS = 16;

  /** A hub with a subscriber that goes live so many turns after the hub has read the next event. */
  const hubWhere = async (turns: number) => {
    const { decode } = program.services;
    const gate = createGate();
    const { hub, run } = await hubNow({
      decode: (recorded) => {
        gate.open();
        return decode(recorded);
      },
    });
    const { sink, subscriber } = await silent(hub);
    gate.shut();
    const begin = async (): Promise<number> => {
      await gate.passed();
      for (let turn = 0; turn < turns; turn++) await undefined;
      hub.goLive(subscriber);
      return hub.position;
    };
    return { hub, run, sink, begun: begin() };
  };

  test.each([
    ['a new name of a group', (team) => ['PATCH', `/v1/conversations/${team}`, { name: 'crew' }]],
    ['how far somebody has read', (team) => ['POST', `/v1/conversations/${team}/read`, { upTo: 1 }]],
    ['a new name of an account', () => ['PATCH', '/v1/me', { firstName: 'Benjamin' }]],
  ] satisfies [string, (team: string) => [string, string, object]][])(
    'is told of %s, or begins behind it',
    async (_, change) => {
      const team = await group(ben, [ann]);
      await say(team, 'one');
      const hubs = await Promise.all(Array.from({ length: TURNS }, (_, turns) => hubWhere(turns)));
      const [method, path, json] = change(team);
      await program.call(method, path, { token: ben.token, json });
      for (const { hub, run, sink, begun } of hubs) {
        run();
        const position = await begun;
        await caughtUp(hub);
        expect(sink.frames.length).toBe(position < hub.position ? 1 : 0);
      }
    },
  );
});

test('nothing is kept of who has gone', async () => {
  const team = await group(ann, [ben]);
  const { hub, run } = await hubNow();
  run();
  const { sink, subscriber } = await join(hub, ben.token);
  await hub.watch(subscriber, team);
  await hub.watchSlug(subscriber, 'nowhere');
  await hub.watchPair(subscriber, ['ann', 'nobody']);
  hub.remove(subscriber);
  hub.remove(subscriber);
  await hub.watch(subscriber, team);
  await hub.watchSlug(subscriber, 'nowhere');
  await hub.watchPair(subscriber, ['ann', 'nobody']);
  expect(subscriber.watches?.size ?? 0).toBe(0);
  await say(team, 'to nobody');
  await caughtUp(hub);
  expect(sink.frames).toEqual([]);
  expect(hub.size).toBe(0);
});
