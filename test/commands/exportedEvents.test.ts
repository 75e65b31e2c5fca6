// What of a log a person's export opens, and what it shows.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ofPerson, takeEvents } from '../../src/commands/exportedEvents.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import type { Exported } from '../../src/history/cloudEvents.ts';
import type { Recorded } from '../../src/store/ports.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let [ann, bob]: Person[] = [];

const post = async ({ token }: Person, path: string, json: object) =>
  (await program.call('POST', path, { token, json })).json;
const say = (who: Person, conversationId: string, text: string, more = {}) =>
  post(who, `/v1/conversations/${conversationId}/messages`, { text, ...more });
const enquire = async (whose: string, actorId: string | null) => {
  const enquiry = {
    room: '1',
    name: `canary-${whose} name`,
    email: `canary-${whose}@example.org`,
    text: `canary-${whose} asks`,
  };
  const secret = actorId === null ? { secret: whose } : {};
  await makeEnquiry(
    program.services.core,
    { actorId, address: null, correlationId: 'test' },
    { ...enquiry, answer: 'canary-desk answers', ...secret },
  );
  await program.settled();
  const desks = await program.services.events.recorded.readLog(0, 5000);
  return JSON.parse(desks.findLast(({ type }) => type === 'DeskOpened')!.data).conversationId as string;
};

/** Everything private has `canary-<whose>` in it. Bob meets others wherever people can meet. */
beforeAll(async () => {
  program = await startProgram();
  [ann, bob] = [await program.person('ann'), await program.person('bob')];
  for (const [who, name] of [
    [ann, 'canary-ann'],
    [bob, 'canary-bob'],
  ] as const)
    await program.call('PATCH', '/v1/me', { token: who.token, json: { firstName: name } });
  const chat = (await post(ann, '/v1/chats', { userId: bob.id })).id;
  const group = (await post(bob, '/v1/groups', { name: 'team', memberIds: [ann.id] })).id;
  const headers = { 'Content-Type': 'text/plain', 'Content-Disposition': 'attachment; filename="canary-ann.txt"' };
  const file = await program.call('POST', '/v1/files', { token: ann.token, body: 'plan', headers });
  for (const place of [chat, group]) {
    await say(bob, place, 'canary-bob says');
    const { id } = await say(ann, place, 'canary-ann says', { fileId: file.json.id });
    await program.call('DELETE', `/v1/conversations/${place}/messages/${id}`, { token: bob.token });
  }
  // Where Bob asks, Ann answers; where a stranger asks, Bob does.
  for (const { id } of [ann, bob]) await program.grant(id, 'staff');
  await say(ann, await enquire('bob', bob.id), 'canary-ann helps');
  await say(bob, await enquire('stranger', null), 'canary-bob helps');
  await program.settled();
});
afterAll(() => program.close());

const canariesIn = (texts: readonly string[]) => new Set(texts.join().match(/canary-\w+( \w+)?/g));

test('a person gets each of their own words, at desks too; nothing that others said or are is opened', async () => {
  const { events } = program.services;
  const opened: Recorded[] = [];
  const watched = {
    ...events,
    openAll: async (page: readonly Recorded[]) => {
      const found = await events.openAll(page);
      opened.push(...found);
      return found;
    },
  };
  const taken: Exported[] = [];
  for await (const page of takeEvents(events.recorded, ofPerson(watched, bob!.id), 0, await events.head()))
    taken.push(...page.events);
  const own = new Set(['canary-bob', 'canary-bob says', 'canary-bob helps', 'canary-bob name', 'canary-bob asks']);
  expect(canariesIn(opened.map((event) => JSON.stringify(event)))).toEqual(own);
  expect(canariesIn(taken.map((event) => JSON.stringify(event)))).toEqual(own);
  expect(new Set(opened.map(({ type }) => type))).toEqual(
    new Set(['UserRegistered', 'SessionOpened', 'ProfileChanged', 'MessageSent', 'DeskOpened']),
  );
  // Bob's key, or that of a desk, opens each of them: none was tried in vain.
  expect(opened.filter((event) => typeof event.opened !== 'string')).toEqual([]);
});
