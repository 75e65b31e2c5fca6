// Clients that start read everything at one position of a moment ago. What that costs does not grow with who ever came and went.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember } from '../../src/commands/addMember.ts';
import { changeAccount } from '../../src/commands/changeAccount.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { leave } from '../../src/commands/leave.ts';
import { markRead } from '../../src/commands/markRead.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { streams } from '../../src/domain/streams.ts';
import { pastViews } from '../../src/projections/past/queries.ts';
import { createQueries, threadsBegunBy } from '../../src/projections/queries.ts';
import type { History } from '../../src/store/ports.ts';
import { fresh, meta, openCore, type TestCore } from '../support/core.ts';
import { instead } from '../support/instead.ts';

let program: TestCore;
let [ann, ben, cleo, dora] = ['', '', '', ''];
beforeAll(async () => {
  program = await openCore();
  [ann, ben, cleo, dora] = [
    await program.person('ann'),
    await program.person('ben'),
    await program.person('cleo'),
    await program.person('dora'),
  ];
});
afterAll(() => program.dispose());

/** Of Ann; Ben comes after the first message and has read it, Cleo has left, Dora has read what came since. */
const groupOf = async () => {
  const { core } = program;
  const { conversationId } = await createGroup(core, meta(ann), { name: 'team', memberIds: [cleo] });
  const say = () => sendMessage(core, meta(ann), { conversationId, text: 'x' });
  const add = (userId: string) => addMember(core, meta(ann), { conversationId, userId });
  await say();
  for (const one of [ben, dora]) await add(one);
  await say();
  await leave(core, meta(cleo), { conversationId });
  await markRead(core, meta(dora), { conversationId, upTo: 2 });
  await program.settled();
  return { conversationId, say, add };
};

type Views = TestCore['stores']['views'];

/** At the end of the log as it is now. `opened`: stores that these questions are asked of. */
const pastNow = async ({
  views = program.stores.views,
  readStream,
}: {
  views?: Views;
  readStream?: History['readStream'];
}) => {
  const { events } = program.stores;
  const past = {
    views,
    events: readStream ? { readStream } : events,
    position: await events.head(),
    showsTakenBack: true,
    inTurn: <T>(step: () => Promise<T>) => step(),
    showsVersionsOf: async (messages: readonly unknown[]) => messages.map(() => true),
  };
  return createQueries(pastViews(past), events.open);
};

type Queries = ReturnType<typeof createQueries>;

/** What a page about the group shows to each of its people. */
const shownOf = async (queries: Queries, conversationId: string) => {
  const { items } = await queries.members(conversationId, { limit: 10 });
  const conversation = await queries.conversation(conversationId);
  const people = [ann, ben, cleo, dora];
  const readings = people.map(async (userId) => {
    const membership = await queries.membership(conversationId, userId);
    const [reading] = await queries.readingsOf(userId, [conversation], [membership], [0]);
    return { userId, role: membership?.role, ...reading };
  });
  const users = [...(await queries.usersById(people)).values()];
  return { members: items, conversation, readings: await Promise.all(readings), users };
};

test('where nobody came or went since, the past of a conversation and its people reads no stream of theirs but its last event', async () => {
  const { conversationId, say } = await groupOf();
  const now = await shownOf(program.queries, conversationId);
  expect(now.readings).toMatchObject([
    { userId: ann, role: 'owner', readUpTo: 0 },
    { userId: ben, role: 'member', readUpTo: 1, unread: 1 },
    { userId: cleo, role: undefined, unread: 0 },
    { userId: dora, role: 'member', readUpTo: 2, unread: 0 },
  ]);
  const limits: (number | undefined)[] = [];
  const readStream: History['readStream'] = (stream, range) => {
    if ([streams.conversation(conversationId), streams.user(ann)].includes(stream)) limits.push(range?.limit);
    return program.stores.events.readStream(stream, range);
  };
  const past = await pastNow({ readStream });
  await say();
  await markRead(program.core, meta(dora), { conversationId, upTo: 3 });
  await program.settled();
  expect(await shownOf(past, conversationId)).toEqual(now);
  expect(new Set(limits)).toEqual(new Set([1]));
});

test.each(['get', 'find'] as const)('who comes in the middle of the answer is not in it: %s', async (method) => {
  const { conversationId, add } = await groupOf();
  await leave(program.core, meta(dora), { conversationId });
  await program.settled();
  const now = await shownOf(program.queries, conversationId);
  const { views } = program.stores;
  const come = async () => {
    await add(dora);
    await program.settled();
  };
  let coming: Promise<void> | undefined;
  const meanwhile =
    <Args extends unknown[], Answer>(ask: (collection: string, ...args: Args) => Promise<Answer>) =>
    async (collection: string, ...args: Args): Promise<Answer> => {
      if (collection === 'memberships') {
        coming ??= come();
        await coming;
      }
      return ask(collection, ...args);
    };
  const past = await pastNow({ views: instead(views, { [method]: meanwhile(views[method] as never) }) });
  expect(await shownOf(past, conversationId)).toEqual(now);
  expect(coming).toBeDefined();
});

/** What of the group is unread, and of the thread that its message began. */
const countedIn = async (queries: Queries, conversationId: string, threadId: string) => {
  const roots = [...(await queries.messagesById([threadId])).values()];
  const { readings } = await shownOf(queries, conversationId);
  const unread = readings.map((reading) => reading.unread);
  const ofThread = (await queries.threadStandings(ben, roots)).map((standing) => standing.unread);
  return { unread, ofThread, answers: [...threadsBegunBy(roots).values()].map(({ count }) => count) };
};

test.each([
  ['messages', undefined],
  ['threadMessages', true],
  ['threadMessages', false],
])('what is removed in the middle of the answer is counted as it was: %s, %s', async (counts, isRemoved) => {
  const { core, queries, stores } = program;
  const { conversationId } = await groupOf();
  const { messageId: threadId } = await sendMessage(core, meta(ann), { conversationId, text: 'x' });
  const answer = () => sendMessage(core, meta(ann), { conversationId, text: 'x', threadId });
  const answers = [await answer(), await answer()];
  await program.settled();
  const now = await countedIn(queries, conversationId, threadId);
  expect(now).toEqual({ unread: [0, 4, 0, 3], ofThread: [2], answers: [2] });
  let removing: Promise<void> | undefined;
  const remove = async () => {
    await removeMessage(core, meta(ann), { conversationId, messageId: answers[0]!.messageId });
    await program.settled();
  };
  const count: Views['count'] = async (collection, stretch) => {
    const counted = stores.views.count(collection, stretch);
    if (collection === counts && stretch.where.isRemoved === isRemoved) removing ??= counted.then(remove);
    await removing;
    return counted;
  };
  /** What was removed since is asked for after that. */
  const find: Views['find'] = async (collection, wanted) => {
    if (collection === 'removals') await removing;
    return stores.views.find(collection, wanted);
  };
  const past = await pastNow({ views: instead(stores.views, { count, find }) });
  // So that the present is another one for the thread, too.
  await answer();
  await program.settled();
  expect(await countedIn(past, conversationId, threadId)).toEqual(now);
  expect(removing).toBeDefined();
});

test('nobody has less than nothing unread, also while a message of theirs is removed', async () => {
  const { core, stores } = program;
  const { conversationId } = await createGroup(core, meta(ann), { name: 'team', memberIds: [ben] });
  const { messageId } = await sendMessage(core, meta(ann), { conversationId, text: 'x' });
  await program.settled();
  let counting: Promise<number> | undefined;
  /** One count after the other, and a removal between them. */
  const count: Views['count'] = async (collection, stretch) => {
    const before = counting;
    counting = (async () => {
      if (before !== undefined) {
        await before;
        await removeMessage(core, meta(ann), { conversationId, messageId });
        await program.settled();
      }
      return stores.views.count(collection, stretch);
    })();
    return counting;
  };
  const { readings } = await shownOf(
    createQueries(instead(stores.views, { count }), stores.events.open),
    conversationId,
  );
  expect(readings[0]).toMatchObject({ userId: ann, unread: 0 });
});

const namedThen = {
  usersNamed: async (past: Queries, name: string) => (await past.usersNamed(name, 10)).items,
  usersWith: async (past: Queries, name: string) =>
    (await past.usersWith(name, 10)).items.flatMap(({ user }) => user ?? []),
};

test.each([
  ['usersNamed', 'users'],
  ['usersNamed', 'renames'],
  ['usersWith', 'nameParts'],
  ['usersWith', 'renames'],
] as const)(
  'who is renamed in the middle of the answer is found once, by the name of then: %s, %s',
  async (ask, where) => {
    const { core, stores } = program;
    const then = `${ask}-${where}`;
    const who = await program.person(then);
    await program.settled();
    const rename = async () => {
      await changeAccount(core, fresh(who), { username: `new-${then}` });
      await program.settled();
    };
    let renaming: Promise<void> | undefined;
    const find: Views['find'] = async (collection, wanted) => {
      if (collection === where) {
        renaming ??= rename();
        await renaming;
      }
      return stores.views.find(collection, wanted);
    };
    const past = await pastNow({ views: instead(stores.views, { find }) });
    expect((await namedThen[ask](past, then)).map(({ username }) => username)).toEqual([then]);
    expect(renaming).toBeDefined();
  },
);

test('who has an earlier name in the list by now does not cut a page short', async () => {
  const names = ['kz', 'kb', 'kc', 'kd'];
  const ids: string[] = [];
  for (const name of names) ids.push(await program.person(name));
  await program.settled();
  const past = await pastNow({});
  await changeAccount(program.core, fresh(ids[0]!), { username: 'ka' });
  await program.settled();
  const pages: (readonly (string | null)[])[] = [];
  for (let after: string | undefined; ; ) {
    const { items, more } = await past.usersNamed('k', 2, after);
    pages.push(items.map(({ username }) => username));
    if (!more) break;
    after = items.at(-1)!.usernameKey;
  }
  expect(pages.flat()).toEqual(names.toSorted());
});

test('who is renamed again in the middle of the answer takes nobody’s place in it', async () => {
  const { core, stores } = program;
  const names = ['qa', 'qb', 'qc'];
  const ids: string[] = [];
  for (const name of names) ids.push(await program.person(name));
  await program.settled();
  let pages = 0;
  /** One document fills a page of renames. */
  const find: Views['find'] = async (collection, wanted) => {
    if (collection !== 'renames') return stores.views.find(collection, wanted);
    if (++pages === 2) await changeAccount(core, fresh(ids[0]!), { username: 'again' });
    await program.settled();
    const { docs } = await stores.views.find(collection, { ...wanted, limit: 1 });
    return { docs, more: docs.length > 0 };
  };
  const past = await pastNow({ views: instead(stores.views, { find }) });
  for (const id of ids) await changeAccount(core, fresh(id), { username: `later-${id.slice(-12)}` });
  await program.settled();
  const { items, more } = await past.usersNamed('q', 2);
  expect([items.map(({ username }) => username), more]).toEqual([['qa', 'qb'], true]);
});
