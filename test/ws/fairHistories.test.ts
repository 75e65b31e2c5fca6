// Who comes back with many sockets takes no more turns than who comes back with one.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { native } from '../../src/ws/frames.ts';
import { createHub, type Subscriber } from '../../src/ws/hub.ts';
import type { Sink } from '../../src/ws/protocol.ts';
import { meta } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { keptSink } from '../support/sink.ts';

/** Events of one page. */
const PAGE = 2;
const MESSAGES = 40;
const SOCKETS = 20;

let program: Program;
beforeAll(async () => {
  program = await startProgram();
});
afterAll(() => program.close());

test('the history of somebody with one socket waits for one socket of somebody with many', async () => {
  const { services } = program;
  const { events, core } = services;
  const [ann, ben] = await Promise.all(['ann', 'ben'].map((name) => program.person(name)));
  const json = { name: 'team', memberIds: [ben!.id] };
  const { id: conversationId } = (await program.call('POST', '/v1/groups', { token: ann!.token, json })).json;
  const after = await events.head();
  for (let i = 0; i < MESSAGES; i++) await sendMessage(core, meta(ann!.id), { conversationId, text: `${i}` });

  // Answered at once, so that everybody waits for others alone.
  const said = await events.readLog(after);
  const readLog: typeof events.readLog = async (from) => said.filter(({ position }) => position > from).slice(0, PAGE);
  const nothing = async () => new Map<string, never>();
  const hub = createHub({
    ...services,
    events: instead(events, { readLog }),
    queries: instead(services.queries, { removalsOf: nothing, editsOf: nothing }),
    startHead: await events.head(),
  });
  /** Whose sockets got something, in the order in which they did. */
  const turns: string[] = [];
  const connect = async (person: Person): Promise<Subscriber> => {
    const identity = (await services.authenticator.byAccessToken(person.token))!;
    const kept = keptSink();
    const write = (frame: Buffer): void => {
      turns.push(person.id);
      kept.write(frame);
    };
    const newcomer = { who: { identity }, protocol: native, byMembership: true };
    return hub.add({ ...newcomer, sink: instead<Sink>(kept, { write }) });
  };
  const subscribers = await Promise.all([...Array.from({ length: SOCKETS }, () => ben!), ann!].map(connect));
  await Promise.all(subscribers.map((subscriber) => hub.resume(subscriber, after, () => undefined)));

  const untilAnnIsThere = turns.slice(0, turns.lastIndexOf(ann!.id));
  const own = untilAnnIsThere.filter((id) => id === ann!.id).length;
  expect(own).toBeGreaterThan(MESSAGES / PAGE / 2);
  expect(untilAnnIsThere.length).toBeLessThan(4 * own);
});
