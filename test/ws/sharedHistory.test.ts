// Many sockets that come back at the same moment: they share what is read and made for them, and nothing else.

import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { EventStore } from '../../src/store/ports.ts';
import { native } from '../../src/ws/frames.ts';
import { createHub, type Hub } from '../../src/ws/hub.ts';
import { blockFor } from '../support/blockFor.ts';
import { countInTurns } from '../support/countInTurns.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type KeptSink, keptSink } from '../support/sink.ts';

let program: Program;
let ann: Person;
let ben: Person;
/** Of the messages of the team, in order, and of the secret that only ann reads. */
const told: { position: number; text: string; isSecret: boolean }[] = [];
let from = 0;

const LINES = 300;

beforeAll(async () => {
  program = await startProgram();
  [ann, ben] = await Promise.all([program.person('ann'), program.person('ben')]);
  const group = async (memberIds: readonly string[]): Promise<string> =>
    (await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'team', memberIds } })).json.id;
  const [team, secret] = [await group([ben.id]), await group([])];
  from = await program.services.events.head();
  await Promise.all(
    Array.from({ length: LINES }, async (_, i) => {
      const isSecret = i % 5 === 0;
      const path = `/v1/conversations/${isSecret ? secret : team}/messages`;
      const { json } = await program.call('POST', path, { token: ann.token, json: { text: `line ${i}` } });
      told.push({ position: json.position, text: `line ${i}`, isSecret });
    }),
  );
  told.sort((a, b) => a.position - b.position);
});

afterAll(() => program.close());

/** A hub at the end of the log, and the pages that it reads. */
const countingHub = async () => {
  const { events } = program.services;
  const pages: number[] = [];
  const readLog: EventStore['readLog'] = (position, limit) => {
    pages.push(position);
    return events.readLog(position, limit);
  };
  const services = { ...program.services, events: { ...events, readLog }, startHead: await events.head() };
  return { hub: createHub(services), pages };
};

const comeBack = async (hub: Hub, { token }: Person, after: number, sink = keptSink()): Promise<KeptSink> => {
  const identity = (await program.services.authenticator.byAccessToken(token))!;
  const subscriber = await hub.add({ who: { identity }, protocol: native, sink, byMembership: true });
  await hub.resume(subscriber, after, () => undefined);
  return sink;
};

const textsIn = ({ frames }: KeptSink) => frames.flatMap(({ message }) => (message ? [message.text] : []));

/** The newest page is kept for a second. To read it does not take longer here. */
const stopTheClock = (): void => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
  onTestFinished(() => clock.mockRestore());
};

test('forty sockets that come back at once read each page of the log once', async () => {
  stopTheClock();
  const { hub, pages } = await countingHub();
  const sinks = await Promise.all(Array.from({ length: 40 }, () => comeBack(hub, ann, from)));
  for (const sink of sinks) expect(textsIn(sink)).toEqual(told.map(({ text }) => text));
  expect(pages).toHaveLength(2);
});

test('whoever comes from another position goes on in the same pages, with each event once', async () => {
  stopTheClock();
  const { hub, pages } = await countingHub();
  await comeBack(hub, ann, from);
  const places = [0, 1, 100, 255, 256, 257, 298].map((i) => told[i]!.position);
  const sinks = await Promise.all(places.map((place) => comeBack(hub, ann, place)));
  sinks.forEach((sink, i) => {
    expect(textsIn(sink)).toEqual(told.filter(({ position }) => position > places[i]!).map(({ text }) => text));
  });
  expect(pages.length).toBeLessThanOrEqual(3);
});

test('whoever may read less is sent less of the same page', async () => {
  const { hub } = await countingHub();
  const [anns, bens] = await Promise.all([comeBack(hub, ann, from), comeBack(hub, ben, from)]);
  expect(textsIn(anns)).toHaveLength(LINES);
  expect(textsIn(bens)).toEqual(told.filter(({ isSecret }) => !isSecret).map(({ text }) => text));
});

test('however many come back, a turn of the event loop sends few pages when pages take long, and commands have theirs', async () => {
  const { hub } = await countingHub();
  const turns = countInTurns();
  const longPage = (): void => {
    turns.piece();
    blockFor(6);
  };
  const slowSink = () => Object.assign(keptSink(), { cork: longPage });
  const sinks = await Promise.all(Array.from({ length: 8 }, () => comeBack(hub, ann, from, slowSink())));
  const most = turns.end();
  for (const sink of sinks) expect(textsIn(sink)).toHaveLength(LINES);
  expect(most).toBeLessThanOrEqual(2);
});
