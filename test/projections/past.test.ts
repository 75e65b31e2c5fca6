// The past: whatever has happened, at every position the queries answer what views answer that took no more than that.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acceptDesks } from '../../src/commands/acceptDesks.ts';
import { addMember } from '../../src/commands/addMember.ts';
import { addReaction } from '../../src/commands/addReaction.ts';
import { appointOwner } from '../../src/commands/appointOwner.ts';
import { bookmarkMessage } from '../../src/commands/bookmarkMessage.ts';
import { changeAccount } from '../../src/commands/changeAccount.ts';
import { chooseAlertWords } from '../../src/commands/chooseAlertWords.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { describeConversation } from '../../src/commands/describeConversation.ts';
import { dismissOwner } from '../../src/commands/dismissOwner.ts';
import { editMessage } from '../../src/commands/editMessage.ts';
import { followThread } from '../../src/commands/followThread.ts';
import { giveRole } from '../../src/commands/giveRole.ts';
import { grantRole } from '../../src/commands/grantRole.ts';
import { join } from '../../src/commands/join.ts';
import { leave } from '../../src/commands/leave.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { markRead } from '../../src/commands/markRead.ts';
import { markThreadRead } from '../../src/commands/markThreadRead.ts';
import { openRoom } from '../../src/commands/openRoom.ts';
import { pinMessage } from '../../src/commands/pinMessage.ts';
import { reinstateUser } from '../../src/commands/reinstateUser.ts';
import { removeBookmark } from '../../src/commands/removeBookmark.ts';
import { removeMember } from '../../src/commands/removeMember.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { eraseMessage, erasePerson, eraseStoredFile, eraseVisitor } from '../../src/commands/requestErasure.ts';
import { restoreMessage } from '../../src/commands/restoreMessage.ts';
import { revokeRole } from '../../src/commands/revokeRole.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { setPolicy } from '../../src/commands/setPolicy.ts';
import { showReceipts } from '../../src/commands/showReceipts.ts';
import { signInWithKey } from '../../src/commands/signInWithKey.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { startNamedChat } from '../../src/commands/startNamedChat.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import { suspendUser } from '../../src/commands/suspendUser.ts';
import { takeBackReaction } from '../../src/commands/takeBackReaction.ts';
import { takeOver } from '../../src/commands/takeOver.ts';
import { treatDesk } from '../../src/commands/treatDesk.ts';
import { unfollowThread } from '../../src/commands/unfollowThread.ts';
import { unpinMessage } from '../../src/commands/unpinMessage.ts';
import { verifyEmail } from '../../src/commands/verifyEmail.ts';
import { decode } from '../../src/domain/codec.ts';
import { type EventOf, roles } from '../../src/domain/events.ts';
import { messages } from '../../src/domain/message.ts';
import { Refused } from '../../src/domain/refused.ts';
import { sessions } from '../../src/domain/session.ts';
import { streams } from '../../src/domain/streams.ts';
import { users } from '../../src/domain/user.ts';
import { shape } from '../../src/projections/index.ts';
import { createQueriesAt } from '../../src/projections/past/queries.ts';
import { createQueries, type Page, type Queries, type Slice, threadsBegunBy } from '../../src/projections/queries.ts';
import { checkpointAt, placer } from '../../src/projections/rebuild.ts';
import { openEmbeddedViewStore } from '../../src/store/embedded/viewStore.ts';
import type { Recorded } from '../../src/store/ports.ts';
import { fresh, meta, openCore, plainMeta, type TestCore } from '../support/core.ts';

let program: TestCore;
let admin: string;
beforeAll(async () => {
  program = await openCore();
  admin = await program.person('admin');
  await grantRole(program.core, meta(), { userId: admin, role: 'admin' });
});
afterAll(() => program.dispose());

const NAMES = ['ann', 'anna', 'ben', 'cleo', 'bennet'] as const;

interface Known {
  readonly people: string[];
  readonly conversations: string[];
  readonly messages: {
    readonly id: string;
    readonly conversationId: string;
    readonly by: string;
    readonly threadId?: string;
  }[];
  readonly files: string[];
}

interface Step {
  readonly does: string;
  readonly by: number;
  readonly where: number;
  readonly other: number;
}

type Act = (known: Known, by: string, where: string, other: string, step: Step) => Promise<unknown>;

const say = async (known: Known, by: string, conversationId: string, calls = '', fileId: string | null = null) => {
  const text = `by ${by} ${calls}`;
  const { messageId } = await sendMessage(program.core, meta(by), { conversationId, text, fileId });
  known.messages.push({ id: messageId, conversationId, by });
};
/** In the thread of an earlier message, or in the one that this belongs to; it quotes the message. */
const answer = async (known: Known, by: string, { other, where }: Step) => {
  const {
    id: replyTo,
    conversationId,
    threadId = replyTo,
  } = known.messages[other % Math.min(6, known.messages.length)]!;
  const wish = { conversationId, threadId, replyTo: where % 2 === 0 ? replyTo : null, text: `by ${by}` };
  const { messageId } = await sendMessage(program.core, meta(by), wish);
  known.messages.push({ id: messageId, conversationId, by, threadId });
};
const inThread = ({ messages }: Known, { other }: Step) => {
  const { id, conversationId, threadId = id } = messages[other % messages.length]!;
  return { conversationId, messageId: threadId };
};
const begin = async (known: Known, made: Promise<{ readonly conversationId: string }>) => {
  const { conversationId } = await made;
  if (!known.conversations.includes(conversationId)) known.conversations.push(conversationId);
};
let named = 0;
const nextName = ({ other }: Pick<Step, 'other'>): string => `${NAMES[other % NAMES.length]}${named++}`;

const messageOf = ({ messages }: Known, { where }: Step) => {
  const { id: messageId, conversationId } = messages[where % Math.min(messages.length, 3)]!;
  return { conversationId, messageId };
};
const POLICIES = [
  { history: 'since-joining' },
  { history: 'all' },
  { versions: 'auditors' },
  { write: 'moderators' },
  { write: 'members' },
] as const;
const memberRoles = ['reader', 'member', 'moderator'] as const;
const EMOJI = ['👍', '🎉'] as const;
const emojiOf = ({ other }: Step): string => EMOJI[other % EMOJI.length]!;

/** By name: what can happen, and how often it does. */
const acts: Readonly<Record<string, readonly [weight: number, act: Act]>> = {
  register: [2, async (known, _, __, ___, step) => known.people.push(await program.person(nextName(step)))],
  rename: [3, (_, by, __, ___, step) => changeAccount(program.core, fresh(by), { username: nextName(step) })],
  'rename first': [
    2,
    (_, by, __, ___, { other }) => changeAccount(program.core, fresh(by), { firstName: NAMES[other % 5] }),
  ],
  'sign in': [
    2,
    (_, by) => {
      const sessionId = crypto.randomUUID();
      const opened = { type: 'SessionOpened', data: { sessionId, userId: by, epoch: 0 } } as const;
      return program.core.ledger.transact(sessions, sessionId, plainMeta(by), () => [opened]);
    },
  ],
  'sign in with key': [
    1,
    async (_, by) => signInWithKey(program.core, meta(), await program.core.ledger.load(users, by)),
  ],
  delete: [1, (_, by) => deleteUser(program.core, fresh(by), {})],
  suspend: [1, (_, by) => suspendUser(program.core, meta(admin), { userId: by })],
  group: [
    3,
    (known, by, _, other, { where }) =>
      begin(known, createGroup(program.core, meta(by), { name: 'g', memberIds: [other], public: where % 2 === 0 })),
  ],
  room: [1, (known, by) => begin(known, openRoom(program.core, meta(by), { name: 'r' }))],
  chat: [1, (known, by, _, userId) => begin(known, startDirectChat(program.core, meta(by), { userId }))],
  desk: [
    1,
    (known, by) => {
      const said = { room: '1', name: 'v', email: 'v@example.com', text: 'hi', answer: 'hello' };
      return begin(known, makeEnquiry(program.core, meta(by), said) as Promise<never>);
    },
  ],
  treat: [
    1,
    (_, by, conversationId, __, { other }) =>
      treatDesk(program.core, meta(by), {
        conversationId,
        as: (['muted', 'left', 'blocked', 'open'] as const)[other % 4]!,
      }),
  ],
  describe: [
    1,
    (_, by, conversationId, other) => describeConversation(program.core, meta(by), { conversationId, name: other }),
  ],
  'set policy': [
    3,
    (_, by, conversationId, __, { other }) =>
      setPolicy(program.core, meta(by), { conversationId, ...POLICIES[other % POLICIES.length]! }),
  ],
  'give role': [
    3,
    (_, by, conversationId, userId, { other }) =>
      giveRole(program.core, meta(by), { conversationId, userId, role: memberRoles[other % memberRoles.length]! }),
  ],
  'named chat': [
    1,
    (known, by, _, userId, step) =>
      begin(known, startNamedChat(program.core, meta(by), { userId, slug: nextName(step) })),
  ],
  // The address under which the desks are opened.
  'move in': [1, (_, by) => changeAccount(program.core, fresh(by), { email: 'v@example.com' })],
  'verify address': [
    3,
    async (_, userId) => {
      const { names } = await program.core.ledger.load(users, userId);
      return verifyEmail(program.core, meta(admin), { userId, email: names.email ?? 'nobody@example.com' });
    },
  ],
  'share receipts': [
    2,
    (_, by, __, ___, { other }) => showReceipts(program.core, meta(by), { shown: other % 2 === 0 }),
  ],
  'grant role': [
    1,
    (_, userId, __, ___, { other }) =>
      grantRole(program.core, meta(admin), { userId, role: roles[other % roles.length]! }),
  ],
  'revoke role': [
    1,
    (_, userId, __, ___, { other }) =>
      revokeRole(program.core, meta(admin), { userId, role: roles[other % roles.length]! }),
  ],
  'erase visitor': [
    1,
    async (_, __, conversationId) => {
      await eraseVisitor(program.core, meta(admin), { conversationId });
      await program.core.erasing.carryOut(conversationId, 'test');
    },
  ],
  'erase file': [
    1,
    async ({ files }, _, __, ___, { other }) => {
      const fileId = files[other % files.length];
      if (fileId === undefined) return;
      await eraseStoredFile(program.core, meta(admin), { fileId });
      await program.core.erasing.carryOut(fileId, 'test');
    },
  ],
  'take over': [1, (_, __, conversationId) => takeOver(program.core, meta(admin), { conversationId })],
  'rename in all': [
    2,
    (_, by, __, ___, step) =>
      changeAccount(program.core, fresh(by), { displayName: step.where % 4 === 0 ? null : nextName(step) }),
  ],
  reinstate: [1, (_, by) => reinstateUser(program.core, meta(admin), { userId: by })],
  'refuse desks': [
    1,
    (_, by, __, ___, { other }) => acceptDesks(program.core, meta(by), { accepted: other % 2 === 0 }),
  ],
  erase: [
    1,
    async (_, by) => {
      await erasePerson(program.core, meta(), { userId: by });
      await program.core.erasing.carryOut(by, 'test');
    },
  ],
  'erase message': [
    2,
    async (known, _, __, ___, { other }) => {
      const { id: messageId, conversationId } = known.messages[other % known.messages.length]!;
      await eraseMessage(program.core, meta(admin), { conversationId, messageId });
      await program.core.erasing.carryOut(messageId, 'test');
    },
  ],
  join: [3, (_, by, conversationId) => join(program.core, meta(by), { conversationId })],
  leave: [3, (_, by, conversationId) => leave(program.core, meta(by), { conversationId })],
  add: [2, (_, by, conversationId, userId) => addMember(program.core, meta(by), { conversationId, userId })],
  remove: [1, (_, by, conversationId, userId) => removeMember(program.core, meta(by), { conversationId, userId })],
  appoint: [1, (_, by, conversationId, userId) => appointOwner(program.core, meta(by), { conversationId, userId })],
  dismiss: [1, (_, by, conversationId, userId) => dismissOwner(program.core, meta(by), { conversationId, userId })],
  say: [14, (known, by, where) => say(known, by, where)],
  call: [
    8,
    async (known, by, where, userId, { other }) => {
      const { names } = await program.core.ledger.load(users, userId);
      await say(known, by, where, other % 3 === 0 ? '@everyone' : `@${names.username}`);
    },
  ],
  'choose words': [1, (_, by, __, other) => chooseAlertWords(program.core, meta(by), { words: [other] })],
  read: [
    3,
    (_, by, conversationId, __, { other }) => markRead(program.core, meta(by), { conversationId, upTo: other }),
  ],
  'take back': [
    4,
    (known, _, __, ___, { other }) => {
      const message = known.messages[other % known.messages.length]!;
      return removeMessage(program.core, meta(admin), {
        conversationId: message.conversationId,
        messageId: message.id,
      });
    },
  ],
  answer: [14, (known, by, _, __, step) => answer(known, by, step)],
  follow: [2, (known, by, _, __, step) => followThread(program.core, meta(by), inThread(known, step))],
  unfollow: [2, (known, by, _, __, step) => unfollowThread(program.core, meta(by), inThread(known, step))],
  'read thread': [
    3,
    (known, by, _, __, step) =>
      markThreadRead(program.core, meta(by), { ...inThread(known, step), upTo: step.where % 9 }),
  ],
  react: [
    10,
    (known, by, _, __, step) =>
      addReaction(program.core, meta(by), { ...messageOf(known, step), emoji: emojiOf(step) }),
  ],
  'react no more': [
    5,
    (known, by, _, __, step) =>
      takeBackReaction(program.core, meta(by), { ...messageOf(known, step), emoji: emojiOf(step) }),
  ],
  pin: [4, (known, by, _, __, step) => pinMessage(program.core, meta(by), messageOf(known, step))],
  unpin: [2, (known, by, _, __, step) => unpinMessage(program.core, meta(by), messageOf(known, step))],
  bookmark: [4, (known, by, _, __, step) => bookmarkMessage(program.core, meta(by), messageOf(known, step))],
  'forget the bookmark': [
    2,
    (known, by, _, __, step) => removeBookmark(program.core, meta(by), messageOf(known, step)),
  ],
  'bring back': [
    3,
    (known, _, __, ___, { other }) => {
      const { id: messageId, conversationId } = known.messages[other % known.messages.length]!;
      return restoreMessage(program.core, meta(admin), { conversationId, messageId });
    },
  ],
  edit: [
    6,
    (known, _, __, ___, { other, where }) => {
      const { id: messageId, conversationId, by } = known.messages[other % known.messages.length]!;
      return editMessage(program.core, meta(by), { conversationId, messageId, text: `edited ${where}` });
    },
  ],
  upload: [
    1,
    async (known, by, where) => {
      const content = (async function* () {
        yield Buffer.from(by);
      })();
      const { fileId } = await storeFile(program.core, meta(by), { name: 'f' }, content, 100);
      known.files.push(fileId);
      await say(known, by, where, '', fileId);
    },
  ],
};

const script = fc.array(
  fc.record({
    does: fc.oneof(...Object.entries(acts).map(([does, [weight]]) => ({ weight, arbitrary: fc.constant(does) }))),
    by: fc.nat({ max: 100 }),
    where: fc.nat({ max: 100 }),
    other: fc.nat({ max: 100 }),
  }),
  { minLength: 70, maxLength: 110 },
);

/** By index, of people and of conversations. */
const did = (does: string, by: number, other = 0): Step => ({ does, by, where: 0, other });

/** Ben reads, leaves, misses something, comes back and leaves again. */
const comesBack: Step[] = [
  did('say', 0),
  did('say', 0),
  did('read', 1, 2),
  did('leave', 1),
  did('say', 0),
  did('take back', 0, 1),
  did('join', 1),
  did('say', 0),
  did('rename', 0),
  did('edit', 0, 3),
  did('bring back', 0, 1),
  did('edit', 0, 1),
  did('take back', 0, 1),
  did('bring back', 0, 1),
  did('take back', 0, 3),
  did('answer', 0, 0),
  did('answer', 1, 0),
  did('edit', 0, 0),
  did('unfollow', 0, 0),
  did('take back', 0, 5),
  did('answer', 0, 0),
  did('bring back', 0, 5),
  did('take back', 0, 6),
  did('bring back', 0, 6),
  did('leave', 1),
  did('delete', 2),
];

const play = async (steps: readonly Step[], known: Known): Promise<void> => {
  const at = <T>(list: readonly T[], index: number): T => list[index % list.length]!;
  for (const other of [0, 2, 3]) known.people.push(await program.person(nextName({ other })));
  const [ann, ...others] = known.people;
  await begin(known, createGroup(program.core, meta(ann!), { name: 'first', memberIds: others, public: true }));
  await say(known, ann!, known.conversations[0]!);
  for (const step of steps) {
    const by = at(known.people, step.by);
    try {
      await acts[step.does]![1](known, by, at(known.conversations, step.where), at(known.people, step.other), step);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
  await program.settled();
};

const eventsAfter = async (position: number): Promise<readonly Recorded[]> => {
  const all: Recorded[] = [];
  for (let after = position; ; after = all.at(-1)!.position) {
    const page = await program.stores.events.readLog(after);
    if (page.length === 0) return all;
    all.push(...page);
  }
};

/** Views that take a log part by part. */
const replaying = async (log: readonly Recorded[]) => {
  const { events } = program.stores;
  const directory = await mkdtemp(joinPath(tmpdir(), 'verbatim-past-'));
  const views = await openEmbeddedViewStore({ directory, shape });
  let taken = 0;
  return {
    queries: createQueries(views, events.open),
    /** Up to a position. */
    async take(position: number): Promise<void> {
      const next = log.filter((event) => event.position > taken && event.position <= position);
      await views.apply(placer(await events.marks())(next.map(decode)), checkpointAt(next.at(-1)!));
      taken = position;
    },
    async close(): Promise<void> {
      await views.close();
      await rm(directory, { recursive: true });
    },
  };
};

/** All pages of a list, as they are cut. */
const pagesOf = async <T>(
  next: (page: Page) => Promise<Slice<T>>,
  placeOf: (item: T) => number,
  descending = false,
) => {
  const slices: Slice<T>[] = [];
  for (let range: Partial<Page> = {}; ; ) {
    const slice = await next({ ...range, descending, limit: 2 });
    slices.push(slice);
    const last = slice.items.at(-1);
    if (!slice.more || last === undefined) return slices;
    range = { [descending ? 'before' : 'after']: placeOf(last) };
  }
};

const namesOf = async <T>(next: (after: string | undefined) => Promise<Slice<T>>, placeOf: (item: T) => string) => {
  const slices: Slice<T>[] = [];
  for (let after: string | undefined; ; ) {
    const slice = await next(after);
    slices.push(slice);
    const last = slice.items.at(-1);
    if (!slice.more || last === undefined) return slices;
    after = placeOf(last);
  }
};

/** No answer shows how many messages were removed, whose they are when others are counted, nor when a thread changed. */
const unseen = ['removedCount', 'voice', 'removedReplies', 'threadChanged'];
const shown = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, field) => (unseen.includes(key) ? undefined : field)));

/** Their order in the list shows nowhere. */
const followedBy = async (queries: Queries, userId: string) => {
  const { items } = await queries.followingsOf(userId, { limit: 1000 });
  return items.map(({ since: _, ...one }) => one).toSorted((one, other) => (one.id < other.id ? -1 : 1));
};

/** Everything that answers of the native API are made of. */
const everything = async (queries: Queries, { people, conversations, messages, files }: Known) => {
  const docs = [...(await queries.conversationsById(conversations)).values()];
  const byNumber = ({ number }: { readonly number: number }) => number;
  const byPosition = ({ position }: { readonly position: number }) => position;
  const roots = [...(await queries.messagesById(messages.map(({ id }) => id))).values()];
  const ofPeople = people.map(async (id) => {
    const memberships = await queries.membershipsIn(
      id,
      docs.map((doc) => doc.id),
    );
    const mine = await pagesOf(
      (page) => queries.conversationsOf(id, page),
      ({ membership }) => membership.since,
    );
    return {
      mine,
      groups: (await queries.conversationsOf(id, { limit: 3, descending: true }, 'group')).items.map(
        ({ membership }) => membership,
      ),
      desks: (await queries.desksFor(id, { limit: 50 })).items,
      attitudes: await queries.attitudesOf(id, conversations),
      followed: await followedBy(queries, id),
      standings: await queries.threadStandings(id, roots),
      memberships,
      readings: await queries.readingsOf(id, docs, memberships, await queries.seesAfterIn(id, docs, memberships)),
      mentions: await pagesOf(
        (page) => queries.mentionsOf(id, page),
        ({ place }) => place,
        true,
      ),
      alertWords: await queries.alertWordsOf(id),
      marks: [
        ...(await queries.annotationsOn(
          messages.map((message) => message.id),
          id,
        )),
      ],
      bookmarks: await pagesOf((page) => queries.bookmarksOf(id, page), byPosition, true),
    };
  });
  const ofConversations = conversations.map(async (id) => ({
    members: await pagesOf(
      (page) => queries.members(id, { ...page, limit: 3 }),
      ({ since }) => since,
    ),
    forwards: await pagesOf(
      (page) => queries.messagesIn(id, page),
      ({ seq }) => seq,
    ),
    threads: await pagesOf(
      (page) => queries.threadsIn(id, page),
      ({ seq }) => seq,
      true,
    ),
    pins: await pagesOf((page) => queries.pinsIn(id, page), byPosition, true),
    backwards: await pagesOf(
      (page) => queries.messagesIn(id, page),
      ({ seq }) => seq,
      true,
    ),
  }));
  const listed = await pagesOf((page) => queries.listed(page), byNumber);
  return {
    conversations: docs,
    users: [...(await queries.usersById(people))],
    all: await pagesOf((page) => queries.users(page), byNumber),
    last: await queries.users({ limit: 3, descending: true }),
    listed,
    named: await namesOf(
      (after) => queries.usersNamed('an', 2, after),
      ({ usernameKey }) => usernameKey,
    ),
    found: await namesOf(
      (after) => queries.usersWith('n', 3, after),
      ({ place }) => place,
    ),
    people: await Promise.all(ofPeople),
    messages: await Promise.all(ofConversations),
    threads: [...(await queries.threadsById(messages.map(({ id }) => id)))],
    begun: [...threadsBegunBy(roots)],
    inThreads: await Promise.all(
      messages.map(({ id }) =>
        pagesOf(
          (page) => queries.messagesInThread(id, page),
          ({ seq }) => seq,
        ),
      ),
    ),
    byId: [...(await queries.messagesById(messages.map(({ id }) => id)))],
    files: [...(await queries.filesById(files))],
    reactions: await Promise.all(
      messages
        .slice(0, 3)
        .flatMap(({ id }) => EMOJI.map((emoji) => pagesOf((page) => queries.reactionsTo(id, emoji, page), byPosition))),
    ),
  };
};

test('at every position, the past is what views answer that took the log up to there', async () => {
  await fc.assert(
    fc.asyncProperty(script, fc.array(fc.nat(), { minLength: 4, maxLength: 4 }), async (steps, picks) => {
      const known: Known = { people: [], conversations: [], messages: [], files: [] };
      const { events, views } = program.stores;
      const from = await events.head();
      await play(steps, known);
      const log = await eventsAfter(0);
      const replayed = await replaying(log);
      const at = createQueriesAt(views, events, program.queries);
      const own = log.filter(({ position }) => position > from);
      const wanted = [...new Set(picks.map((pick) => own[pick % own.length]!.position))].toSorted((a, b) => a - b);
      for (const position of wanted) {
        await replayed.take(position);
        const past = at(position, { userId: admin, seesAll: true });
        expect(shown(await everything(past, known))).toEqual(shown(await everything(replayed.queries, known)));
      }
      await replayed.close();
    }),
    {
      numRuns: 3,
      endOnFailure: true,
      examples: [[comesBack, [1, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37]]],
    },
  );
}, 60_000);

test('of a thread of many people the last hundred are kept, now and in the past, which reads page by page', async () => {
  const { core, stores, queries } = program;
  const host = await program.person('host');
  const { conversationId } = await openRoom(core, meta(host), { name: 'r' });
  const say = (by: string, more: object = {}) =>
    sendMessage(core, meta(by), { conversationId, text: 'a', fileId: null, ...more });
  const { messageId: root } = await say(host);
  const people: string[] = [];
  for (let i = 0; i < 102; i++) people.push(await program.person(`many${i}`));
  const said: { readonly by: string | null; readonly position: number }[] = [];
  const sayWithoutAccount = async (): Promise<void> => {
    const [last] = await stores.events.readStream(streams.messages(conversationId), { backwards: true, limit: 1 });
    const { type, data } = decode(last!) as EventOf<'MessageSent'>;
    const sent = { type, data: { ...data, messageId: crypto.randomUUID(), senderId: null } };
    await core.messages.append(messages, conversationId, plainMeta(), () => [sent]);
  };
  for (const by of [...people, null, people[0]!, people[50]!, ...Array<string>(110).fill(people[1]!)]) {
    await (by === null ? sayWithoutAccount() : say(by, { threadId: root }));
    said.push({ by, position: await stores.events.head() });
  }
  await program.settled();

  /** Whether others had a turn since the page before, by page. */
  const pages: boolean[] = [];
  let isAnotherTurn = true;
  const views: typeof stores.views = {
    ...stores.views,
    find: (collection, wanted) => {
      if (collection !== 'threadMessages' || wanted.limit === 1) return stores.views.find(collection, wanted);
      pages.push(isAnotherTurn);
      isAnotherTurn = false;
      setImmediate(() => {
        isAnotherTurn = true;
      });
      return stores.views.find(collection, wanted);
    },
  };
  const at = createQueriesAt(views, stores.events, queries);
  const docOf = async (asked: Pick<Queries, 'messagesById'>) => (await asked.messagesById([root])).get(root);
  const replayed = await replaying(await eventsAfter(0));
  for (const [upTo, read] of [
    [1, 1],
    [99, 1],
    [100, 1],
    [101, 1],
    [102, 1],
    [103, 2],
    [104, 2],
    [151, 2],
    [214, 3],
    [215, 0],
  ] as const) {
    const latest = new Set(
      said
        .slice(0, upTo)
        .map(({ by }) => by)
        .toReversed(),
    );
    const participants = [...latest].filter((by) => by !== null).slice(0, 100);
    const { position } = said[upTo - 1]!;
    await replayed.take(position);
    pages.length = 0;
    const doc = await docOf(at(position));
    expect({ upTo, pages, doc: shown(doc) }).toEqual({
      ...{ upTo, pages: Array(read).fill(true) },
      doc: shown({ ...(await docOf(replayed.queries)), replies: upTo, participants }),
    });
  }
  await replayed.close();
  expect([...threadsBegunBy([(await docOf(queries))!]).values()]).toMatchObject([
    { participantIds: [1, 50, 0, 101, 100].map((i) => people[i]), participantCount: 100 },
  ]);
});
