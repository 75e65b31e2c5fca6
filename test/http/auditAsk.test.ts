// What auditors ask: who did what and why, who could do what, and what happens now.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Person, type Program, startProgram } from '../support/program.ts';

interface Line {
  readonly position: number;
  readonly type: string;
  readonly stream: string;
  readonly revision: number;
  readonly at: string;
  readonly hash: string;
  readonly meta: { readonly actorId: string | null; readonly correlationId: string };
  readonly data: Record<string, unknown>;
  readonly people: readonly { readonly userId: string; readonly name: string | null }[];
  readonly relation?: string;
}

let program: Program;
let [eve, ann, grace, boss] = [] as unknown as [Person, Person, Person, Person];
let group: string;
beforeAll(async () => {
  program = await startProgram();
  [eve, ann, grace, boss] = [
    await program.person('eve'),
    await program.person('ann'),
    await program.person('grace'),
    await program.person('boss'),
  ];
  await program.grant(eve.id, 'auditor');
  const { call } = program;
  const json = { name: 'Team', memberIds: [grace.id] };
  group = (await call('POST', '/v1/groups', { token: ann.token, json })).json.id;
  await call('DELETE', `/v1/conversations/${group}/members/${grace.id}`, { token: ann.token });
  await call('PATCH', '/v1/me', { token: grace.token, json: { firstName: 'Grace', lastName: 'Hopper' } });
  await call('POST', `/v1/conversations/${group}/members`, { token: ann.token, json: { userId: grace.id } });
});
afterAll(() => program.close());

const linesOf = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

const ask = (path: string) => program.call('GET', `/v1/audit/${path}`, { token: eve.token });
const read = async (query: string): Promise<readonly Line[]> => linesOf((await ask(`events?${query}`)).text);
const nameOf = ({ people }: Line, { id }: Person) => people.find(({ userId }) => userId === id)?.name;

describe('the log', () => {
  test('says who removed whom and when, by the names of then', async () => {
    const [removal, ...more] = await read(`type=MemberRemoved&subject=${grace.id}`);
    expect(more).toEqual([]);
    expect([removal!.meta.actorId, nameOf(removal!, ann), nameOf(removal!, grace)]).toEqual([ann.id, 'ann', 'grace']);
    const added = (await read(`subject=${group}&type=MemberAdded`)).map((line) => nameOf(line, grace));
    expect(added).toEqual(['grace', 'Grace Hopper']);
    expect(removal!.hash).toMatch(/^[\w-]{43}$/);
  });

  test('is narrowed by who did it, the kind of stream, the request, positions and times', async () => {
    const all = await read('');
    const [removal] = all.filter(({ type }) => type === 'MemberRemoved');
    const { position, at, meta } = removal!;
    const positions = async (query: string) => (await read(query)).map((line) => line.position);
    expect(await positions(`correlation=${meta.correlationId}`)).toEqual([position]);
    expect(await positions(`actor=${ann.id}&category=conversation&upTo=${position}`)).toEqual(
      all
        .filter((one) => one.meta.actorId === ann.id && one.stream === `conversation-${group}`)
        .map((one) => one.position)
        .filter((one) => one <= position),
    );
    const within = all.filter((one) => one.at >= at && one.position <= position).map((one) => one.position);
    expect(await positions(`from=${at}&upTo=${position}`)).toEqual(within);
    expect(await positions(`to=${at}&type=MemberRemoved`)).toEqual([]);
    expect(await positions(`from=${at.replace('Z', '%2B00:00')}&type=MemberRemoved`)).toEqual([position]);
  });

  test('has every kind of stream by itself', async () => {
    const all = await read('');
    for (const category of ['log', 'seals', 'user', 'message', 'messages']) {
      const found = (await read(`category=${category}`)).map(({ position }) => position);
      const streams = all.filter(({ stream }) => stream === category || stream.startsWith(`${category}-`));
      expect([category, found]).toEqual([category, streams.map(({ position }) => position)]);
    }
  });

  test.each([
    ['category', 'nothing'],
    ['actor', 'eve'],
    ['subject', 'x'],
    ['from', 'noon'],
    ['upTo', '-1'],
    ['follow', 'maybe'],
  ])('refuses %s=%s, by name', async (field, value) => {
    const { status, json } = await ask(`events?${field}=${value}`);
    expect([status, json.errors[0].field]).toEqual([400, field]);
  });

  test('cannot be followed to an end', async () => {
    const { json } = await ask('events?follow=true&upTo=1');
    expect(json.errors[0].field).toBe('follow');
  });

  test('records each question with all that narrowed it, before the answer', async () => {
    await read(`subject=${grace.id}&type=LoggedIn&actor=${ann.id}&correlation=who%3F`);
    await ask(`explain?user=${grace.id}&action=read&conversation=${group}&asOf=0`);
    const [{ position: related }] = (await read('limit=1')) as [Line];
    await ask(`events/${related}/related`);
    const mine = (await read(`stream=audit-${eve.id}`)).map(({ data }) => data);
    const asked = { subject: grace.id, actor: ann.id, correlation: 'other' };
    expect(mine).toContainEqual(expect.objectContaining({ type: 'LoggedIn', asked }));
    const could = { action: 'read', conversation: group, asOf: 0 };
    expect(mine).toContainEqual(expect.objectContaining({ stream: `user-${grace.id}`, asked: could }));
    expect(mine).toContainEqual(expect.objectContaining({ asked: { related } }));
  });
});

/** Follows the log; `next` waits for the next event. */
const follow = async (query: string, token = eve.token, url = program.url) => {
  const over = new AbortController();
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/v1/audit/events?follow=true&${query}`, { headers, signal: over.signal });
  const lines = (async function* () {
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const parts = text.split('\n');
      text = parts.pop()!;
      for (const part of parts) yield part;
    }
  })();
  return {
    next: async (): Promise<Line | string | undefined> => {
      const { value } = await lines.next();
      return value ? (JSON.parse(value) as Line) : (value as string | undefined);
    },
    end: () => over.abort(),
  };
};

describe('whoever follows the log', () => {
  test('gets what is asked for, first of the past and then as it happens, each once', async () => {
    const follower = await follow(`subject=${group}&type=MessageSent`);
    expect(await follower.next()).toBe('');
    const say = (text: string) =>
      program.call('POST', `/v1/conversations/${group}/messages`, { token: ann.token, json: { text } });
    await say('one');
    await program.call('PATCH', '/v1/me', { token: boss.token, json: { firstName: 'Boss' } });
    await say('two');
    const heard = [await follower.next(), await follower.next()] as Line[];
    expect(heard.map(({ data }) => data.text)).toEqual(['one', 'two']);
    expect(nameOf(heard[0]!, ann)).toBe('ann');
    // The same auditor asks other things meanwhile.
    expect((await read(`subject=${group}&type=MessageSent`)).map(({ data }) => data.text)).toEqual(['one', 'two']);
    follower.end();
  });

  test('of one stream goes on with that stream', async () => {
    const stream = `user-${boss.id}`;
    const follower = await follow(`stream=${stream}`);
    const past: (Line | string | undefined)[] = [];
    for (let line = await follower.next(); line !== ''; line = await follower.next()) past.push(line);
    expect(past).toEqual(await read(`stream=${stream}`));
    await program.call('PATCH', '/v1/me', { token: boss.token, json: { lastName: 'Last' } });
    expect(await follower.next()).toMatchObject({ type: 'ProfileChanged', stream });
    follower.end();
  });

  test('hears nothing more once the role has ended, though nothing that was asked for happens', async () => {
    const auditor = await program.person('auditor');
    await program.grant(auditor.id, 'auditor');
    await program.grant(boss.id, 'admin');
    const follower = await follow('type=UserDeleted', auditor.token);
    expect(await follower.next()).toBe('');
    const ended = expect(follower.next()).rejects.toThrow();
    await program.call('DELETE', `/v1/users/${auditor.id}/roles/auditor`, { token: boss.token });
    await ended;
  });
});

test('a server that stops ends what followers read, whole', async () => {
  const other = await startProgram();
  const auditor = await other.person('auditor');
  await other.grant(auditor.id, 'auditor');
  const follower = await follow('type=UserDeleted', auditor.token, other.url);
  expect(await follower.next()).toBe('');
  const [ended] = await Promise.all([follower.next(), other.close()]);
  expect(ended).toBeUndefined();
});

describe('why something happened', () => {
  test('is told by its request, its cause and what came of it', async () => {
    const owner = await program.person('owner');
    const json = { name: 'Left', memberIds: [grace.id] };
    await program.call('POST', '/v1/groups', { token: owner.token, json });
    // The answer to the suspension waits for no succession: that is another request's.
    await program.call('PUT', `/v1/users/${owner.id}/suspension`, { token: boss.token });
    const follower = await follow(`type=OwnershipPassed&subject=${grace.id}`);
    // It may have happened already.
    const first = await follower.next();
    const passed = (first === '' ? await follower.next() : first) as Line;
    follower.end();
    const [suspended] = await read(`type=UserSuspended&subject=${owner.id}`);
    const related = async ({ position }: Line) =>
      linesOf((await ask(`events/${position}/related`)).text).map(({ type, relation }) => `${type} ${relation}`);
    expect(await related(passed)).toEqual(['UserSuspended cause', 'OwnershipPassed itself']);
    expect(await related(suspended!)).toEqual(['UserSuspended itself', 'OwnershipPassed consequence']);
  });

  test('of a command that recorded several events: they are of the same request', async () => {
    const [registered] = await read(`type=UserRegistered&subject=${ann.id}`);
    const lines = linesOf((await ask(`events/${registered!.position}/related`)).text);
    expect(lines.filter(({ relation }) => relation === 'itself').map(({ type }) => type)).toEqual(['UserRegistered']);
    expect(lines.map(({ type }) => type)).toContain('NameClaimed');
    expect(new Set(lines.map(({ meta }) => meta.correlationId)).size).toBe(1);
  });

  test('of no event is refused', async () => {
    const { status, json } = await ask('events/0/related');
    expect([status, json.code]).toEqual([400, 'position-unknown']);
  });
});

describe('whether somebody could do something', () => {
  const explain = async (query: string) => (await ask(`explain?${query}`)).json;

  test('is answered with the rule and the events, now and then', async () => {
    const [first, removal] = await read(`stream=conversation-${group}&subject=${grace.id}`);
    const write = `user=${grace.id}&conversation=${group}&action=write`;
    const then = await explain(`${write}&asOf=${removal!.position}`);
    expect(then).toMatchObject({ allowed: false, refusal: 'conversation-unknown', rule: 'may-read' });
    expect(then.events.map(({ type }: Line) => type)).toEqual(['GroupCreated', 'MemberRemoved']);
    expect(await explain(`${write}&asOf=${first!.position}`)).toMatchObject({
      allowed: true,
      grounds: ['member', 'member', 'participant', 'members-write'],
    });
    expect(await explain(`${write}&asOf=${first!.at}`)).toMatchObject({ allowed: true });
    const now = await explain(write);
    expect([now.allowed, now.events.map((line: Line) => nameOf(line, ann))]).toEqual([true, ['ann', 'ann']]);
  });

  test('names the role that was given and the policy that was set, each where it is the reason', async () => {
    const { call } = program;
    const path = `/v1/conversations/${group}`;
    const as = { token: ann.token };
    const reasons = async (action: string) => {
      const { allowed, refusal, events } = await explain(`user=${grace.id}&conversation=${group}&action=${action}`);
      return [
        allowed ? 'allowed' : refusal,
        ...events.map(({ type }: Line) => type).filter((type: string) => !/^Group|^Member/.test(type)),
      ];
    };
    await call('PATCH', `${path}/policy`, { ...as, json: { write: 'moderators' } });
    expect(await reasons('write')).toEqual(['read-only', 'PolicySet']);
    expect(await reasons('react')).toEqual(['allowed']);
    await call('PUT', `${path}/members/${grace.id}/role`, { ...as, json: { role: 'moderator' } });
    expect(await reasons('write')).toEqual(['allowed', 'RoleGiven']);
    await call('PUT', `${path}/members/${grace.id}/role`, { ...as, json: { role: 'reader' } });
    expect(await reasons('write')).toEqual(['read-only', 'RoleGiven']);
    expect(await reasons('react')).toEqual(['read-only', 'RoleGiven']);
    expect(await reasons('setPolicy')).toEqual(['not-an-owner']);
    await call('PATCH', `${path}/policy`, { ...as, json: { write: 'members' } });
    expect(await reasons('write')).toEqual(['read-only', 'RoleGiven']);
    await call('PUT', `${path}/members/${grace.id}/role`, { ...as, json: { role: 'member' } });
    expect(await reasons('write')).toEqual(['allowed', 'PolicySet', 'RoleGiven']);
  });

  test('concerns managing, and the server, too', async () => {
    const manage = `conversation=${group}&action=manage`;
    expect(await explain(`user=${ann.id}&${manage}`)).toMatchObject({ allowed: true, rule: 'may-describe' });
    expect(await explain(`user=${grace.id}&${manage}`)).toMatchObject({ allowed: false, refusal: 'not-an-owner' });
    const audits = await explain(`user=${eve.id}&action=audit`);
    expect([audits.allowed, audits.events.map(({ type }: Line) => type)]).toEqual([true, ['RoleGranted']]);
  });

  test.each([
    ['user=x&action=read', 'user'],
    ['action=read', 'user'],
    ['user=$&action=dance', 'action'],
    ['user=$&action=read', 'conversation'],
    ['user=$&action=audit&conversation=$', 'conversation'],
    ['user=$&action=audit&asOf=yesterday', 'asOf'],
    ['user=$&action=audit&asOf=9007199254740991', 'asOf'],
  ])('is no question as %s', async (query, field) => {
    const { status, json } = await ask(`explain?${query.replaceAll('$', ann.id)}`);
    expect([status, json.errors[0].field]).toEqual([400, field]);
  });

  test('of nobody, or nowhere, is refused', async () => {
    const refusal = async (query: string) => {
      const { status, json } = await ask(`explain?${query}`);
      return [status, json.code];
    };
    expect(await refusal(`user=${group}&action=audit`)).toEqual([404, 'user-unknown']);
    expect(await refusal(`user=${ann.id}&action=read&conversation=${ann.id}`)).toEqual([404, 'conversation-unknown']);
  });
});
