// A client that makes of the frames what docs/socket.md says has what the server answers: live, and from the history.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { callAs } from '../support/callAs.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type Frame, listening } from '../support/sockets.ts';

let program: Program;
let ann: Person;
let ben: Person;
beforeAll(async () => {
  program = await startProgram();
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
});
afterAll(() => program.close());

const call = callAs(() => program);
const listen = (by: Person, after: number) =>
  listening({ port: Number(new URL(program.url).port) }, by.token, { after });

interface Held {
  readonly senderId: string;
  readonly threadId: string | null;
  readonly seq: number;
  isRemoved: boolean;
}

/** What `reader` shows after these frames. */
const shownAfter = (frames: readonly Frame[], reader: Person) => {
  const held = new Map<string, Held>();
  const threads = new Map<string, { count: number; lastAt: string; lastBy: string }>();
  let readUpTo = 0;
  const change = (id: string, isRemoved: boolean): void => {
    const message = held.get(id)!;
    const thread = threads.get(message.threadId!);
    if (thread && message.isRemoved !== isRemoved) thread.count += isRemoved ? -1 : 1;
    message.isRemoved = isRemoved;
  };
  for (const frame of frames) {
    if (frame.type === 'message') {
      const { id, senderId, threadId, seq, at, removedAt } = frame.message;
      held.set(id, { senderId, threadId, seq, isRemoved: removedAt !== null });
      const count = (threads.get(threadId)?.count ?? 0) + (removedAt === null ? 1 : 0);
      if (threadId !== null) threads.set(threadId, { count, lastAt: at, lastBy: senderId });
    }
    if (frame.type === 'message-removed') change(frame.messageId, true);
    if (frame.type === 'message-restored') change(frame.message.id, false);
    if (frame.type === 'read') readUpTo = frame.upTo;
  }
  const unread = [...held.values()].filter(
    ({ senderId, seq, isRemoved }) => senderId !== reader.id && seq > readUpTo && !isRemoved,
  );
  return { threads: Object.fromEntries(threads), unread: unread.length };
};

test('threads and unread messages, whatever was removed and brought back', async () => {
  const { position } = await call(ben, 'GET', '/v1/sync');
  const json = { name: 'team', memberIds: [ben.id] };
  const { id: team } = await call(ann, 'POST', '/v1/groups', json);
  const live = await listen(ben, position);
  const messages = `/v1/conversations/${team}/messages`;
  const say = async (by: Person, threadId: string | null = null): Promise<string> =>
    (await call(by, 'POST', messages, { text: 'x', threadId })).id;
  const remove = (id: string, by = ann) => call(by, 'DELETE', `${messages}/${id}`);
  const restore = (id: string) => call(ann, 'POST', `${messages}/${id}/restore`);

  const root = await say(ann);
  const [back, gone, goneAgain] = [await say(ann, root), await say(ann, root), await say(ann, root)];
  await call(ben, 'POST', `/v1/conversations/${team}/read`, { upTo: 2 });
  await say(ben, root);
  await say(ann);
  const twice = await say(ben, root);
  for (const by of [ben, ann]) await remove(twice, by);
  const last = await say(ann, root);
  for (const id of [back, gone, goneAgain, last]) await remove(id);
  for (const id of [back, goneAgain]) await restore(id);
  await remove(goneAgain);
  await call(ben, 'POST', `/v1/conversations/${team}/read`, { upTo: 1 });
  await live.next('read', { upTo: 1 });

  const { thread } = await call(ben, 'GET', `${messages}/${root}`);
  const { unread } = await call(ben, 'GET', `/v1/conversations/${team}`);
  const { count, lastAt, lastBy } = thread;
  const answered = { threads: { [root]: { count, lastAt, lastBy } }, unread };
  expect([count, lastBy, unread]).toEqual([2, ann.id, 2]);
  const late = await listen(ben, position);
  for (const { frames } of [live, late]) expect(shownAfter(frames, ben)).toEqual(answered);
  for (const client of [live, late]) client.close();
});
