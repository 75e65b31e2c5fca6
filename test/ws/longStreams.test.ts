// A stream may be as long as people like: much happens to one message, many come and go. Frames that need it read it once.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { editMessage } from '../../src/commands/editMessage.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { restoreMessage } from '../../src/commands/restoreMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { setPolicy } from '../../src/commands/setPolicy.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { saidMessages } from '../../src/domain/saidMessage.ts';
import { streams } from '../../src/domain/streams.ts';
import type { History } from '../../src/store/ports.ts';
import { native } from '../../src/ws/frames.ts';
import { createHub } from '../../src/ws/hub.ts';
import { meta, plainMeta } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { keptSink } from '../support/sink.ts';

let program: Program;
let ann: Person;
let team = '';
beforeAll(async () => {
  program = await startProgram();
  ann = await program.person('ann');
  team = (await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'team' } })).json.id;
});
afterAll(() => program.close());

const core = () => program.services.core;
const say = (text: string, replyTo: string | null = null) =>
  sendMessage(core(), meta(ann.id), { conversationId: team, text, replyTo });

/** More than a page of a stream, in appends. */
const react = async (messageId: string) => {
  const reaction = { conversationId: team, messageId, userId: ann.id, emoji: '👍' };
  const twice: readonly DomainEvent[] = [
    { type: 'ReactionAdded', data: { ...reaction, count: 1 } },
    { type: 'ReactionTakenBack', data: { ...reaction, count: 0 } },
  ];
  for (let i = 0; i < 5; i++)
    await core().ledger.transact(saidMessages, `${team}-${messageId}`, plainMeta(ann.id), () =>
      Array.from({ length: 250 }, () => twice).flat(),
    );
};

test('however often a message with many reactions is edited, quoted and brought back, its stream is read once', async () => {
  const { messageId } = await say('first');
  await react(messageId);
  const wish = { conversationId: team, messageId };
  /** How often each stream was read from its start on, as a whole. */
  const whole = new Map<string, number>();
  const readStream: History['readStream'] = (stream, range = {}) => {
    const { from = 0, limit = Infinity, backwards = false } = range;
    if (limit > 1 && (backwards || from === 0)) whole.set(stream, (whole.get(stream) ?? 0) + 1);
    return program.services.events.readStream(stream, range);
  };
  const { services } = program;
  const events = instead(services.events, { readStream });
  const hub = createHub({ ...services, events, startHead: await services.events.head() });
  const stopping = new AbortController();
  const running = hub.run(stopping.signal);
  const identity = (await services.authenticator.byAccessToken(ann.token))!;
  const sink = keptSink();
  hub.goLive(await hub.add({ who: { identity }, protocol: native, sink, byMembership: true }));

  const shown: (string | null)[] = [];
  const heard = async (position: number) => {
    await expect.poll(() => hub.position).toBeGreaterThanOrEqual(position);
    const frame = sink.frames.find((one) => one.position === position);
    return frame.type === 'message' ? (frame.quoted?.message.text ?? null) : frame.message.text;
  };
  const quote = async () => shown.push(await heard((await say('look', messageId)).position));
  const restore = async () => shown.push(await heard((await restoreMessage(core(), meta(ann.id), wish)).position));
  for (const text of ['second', 'third']) {
    await quote();
    await editMessage(core(), meta(ann.id), { ...wish, text });
    await quote();
    await removeMessage(core(), meta(ann.id), wish);
    await restore();
    // Something else is erased.
    hub.forget([messageId]);
    await restoreMessage(core(), meta(ann.id), wish);
    await quote();
  }
  expect(shown).toEqual(['first', 'second', 'second', 'second', 'second', 'third', 'third', 'third']);

  for (const history of ['since-joining', 'all'] as const) {
    await setPolicy(core(), meta(ann.id), { conversationId: team, history });
    await quote();
  }
  expect(shown.slice(-2)).toEqual([null, 'third']);
  const read = [streams.message(`${team}-${messageId}`), streams.conversation(team), streams.user(ann.id)];
  expect(read.map((stream) => whole.get(stream))).toEqual([1, 1, 1]);
  stopping.abort();
  await running;
});
