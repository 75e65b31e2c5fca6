// Reactions, pins and bookmarks over HTTP: what everybody sees of them, and what nobody else does.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BookmarkPage, PinPage, ReactionPage } from '../../src/api/pages.ts';
import { addReaction } from '../../src/commands/addReaction.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { saidMessages } from '../../src/domain/saidMessage.ts';
import { meta, plainMeta } from '../support/core.ts';
import { recorded } from '../support/log.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';

let program: Program;
let ann: Person;
let ben: Person;
let cleo: Person;
beforeAll(async () => {
  program = await startProgram();
  [ann, ben, cleo] = await Promise.all([program.person('ann'), program.person('ben'), program.person('cleo')]);
});
afterAll(() => program.close());

const call = (by: Person, method: string, path: string, json?: unknown) =>
  program.call(method, path, { token: by.token, ...(json === undefined ? {} : { json }) });
const get = async (by: Person, path: string) => (await call(by, 'GET', path)).json;
const groupOf = async (...others: readonly Person[]): Promise<string> =>
  (await call(ann, 'POST', '/v1/groups', { name: 'Tea', memberIds: others.map(({ id }) => id) })).json.id;
const say = async (group: string, text = 'tea?'): Promise<string> =>
  (await call(ann, 'POST', `/v1/conversations/${group}/messages`, { text })).json.id;
const at = (group: string, message: string) => `/v1/conversations/${group}/messages/${message}`;
const reaction = (group: string, message: string, emoji: string) =>
  `${at(group, message)}/reactions/${encodeURIComponent(emoji)}`;
const react = (by: Person, group: string, message: string, emoji: string) =>
  call(by, 'PUT', reaction(group, message, emoji));
const takeBack = (by: Person, group: string, message: string, emoji: string) =>
  call(by, 'DELETE', reaction(group, message, emoji));
const restore = (conversationId: string, messageId: string) =>
  program.services.core.ledger.transact(saidMessages, `${conversationId}-${messageId}`, plainMeta(ann.id), () => [
    { type: 'MessageRestored', data: { conversationId, messageId, seq: 1, senderId: ann.id, restoredBy: ann.id } },
  ]);
const usernames = (page: { readonly items: readonly { readonly user: Person }[] }) =>
  page.items.map(({ user }) => user.username);

describe('reactions', () => {
  test('come with each message in the order of first use, with their number and whether one is the reader’s', async () => {
    const group = await groupOf(ben);
    const [first, second, plain] = [await say(group), await say(group), await say(group)];
    expect((await react(ben, group, first, '👍')).status).toBe(204);
    await react(ann, group, first, '❤');
    await react(ann, group, first, '👍');
    await react(ann, group, first, '❤️');
    await react(ben, group, second, '🎉');
    const thumb = { emoji: '👍', count: 2, mine: true };
    const heart = (mine: boolean) => ({ emoji: '❤️', count: 1, mine });
    const { items } = await get(ann, `/v1/conversations/${group}/messages`);
    expect(items.map(({ id, reactions }: { id: string; reactions: unknown }) => [id, reactions])).toEqual([
      [first, [thumb, heart(true)]],
      [second, [{ emoji: '🎉', count: 1, mine: false }]],
      [plain, []],
    ]);
    expect((await get(ben, at(group, first))).reactions).toEqual([thumb, heart(false)]);
    await takeBack(ben, group, first, '👍');
    await takeBack(ann, group, first, '👍');
    await react(ben, group, first, '👍');
    const around = (await get(ann, `/v1/conversations/${group}/messages?around=1`)).items[0].reactions;
    expect(around).toEqual([heart(true), { emoji: '👍', count: 1, mine: false }]);
    expect(await recorded(program.services.events, 'ReactionAdded', `message-${group}-${first}`)).toHaveLength(4);
  });

  test('tell who reacted, by page', async () => {
    const group = await groupOf(ben, cleo);
    const message = await say(group);
    for (const by of [cleo, ann, ben]) await react(by, group, message, '👍');
    await react(ann, group, message, '🎉');
    const path = `${at(group, message)}/reactions?emoji=${encodeURIComponent('👍')}&limit=2`;
    const page = ReactionPage.parse(await get(ben, path));
    const next = await get(ben, `${path}&after=${page.next}`);
    expect([usernames(page as never), usernames(next), next.next]).toEqual([['cleo', 'ann'], ['ben'], null]);
    expect((await get(ben, `${at(group, message)}/reactions?emoji=yes`)).code).toBe('emoji-unknown');
    expect((await get(ben, `${at(group, message)}/reactions`)).code).toBe('malformed-request');
  });

  test('are the reader’s own or not, however many react, and whoever took theirs back', async () => {
    const crowd = await Promise.all(['c1', 'c2', 'c3', 'c4', 'c5'].map((name) => program.person(name)));
    const group = await groupOf(...crowd);
    const message = await say(group);
    const mine = async () => {
      const shown = await Promise.all(crowd.map((who) => get(who, at(group, message))));
      return shown.map(({ reactions }) => reactions[0]?.mine);
    };
    const seen: unknown[] = [];
    for (const who of crowd) {
      await react(who, group, message, '👍');
      seen.push(await mine());
    }
    for (const who of crowd.slice(0, 4)) {
      await takeBack(who, group, message, '👍');
      seen.push(await mine());
    }
    const those = (from: number, to: number) => crowd.map((_, i) => i >= from && i < to);
    expect(seen).toEqual([...crowd.map((_, i) => those(0, i + 1)), ...[1, 2, 3, 4].map((from) => those(from, 5))]);
  });

  test('and pins are at every position what they were then', async () => {
    const group = await groupOf(ben);
    const message = await say(group);
    const pin = `${at(group, message)}/pin`;
    const steps = [
      () => react(ann, group, message, '👍'),
      () => react(ben, group, message, '👍'),
      () => call(ann, 'PUT', pin),
      () => takeBack(ann, group, message, '👍'),
      () => call(ann, 'DELETE', pin),
      () => call(ben, 'PUT', pin),
      () => takeBack(ben, group, message, '👍'),
      () => call(ann, 'DELETE', pin),
    ];
    const who = `${at(group, message)}/reactions?emoji=${encodeURIComponent('👍')}`;
    const paths = [at(group, message), who, `/v1/conversations/${group}/pins`];
    const shown = (asOf = '') =>
      Promise.all(paths.map((path) => get(ben, `${path}${path.includes('?') ? asOf.replace('?', '&') : asOf}`)));
    const then: (readonly [position: number, answers: unknown])[] = [];
    for (const step of steps) {
      expect((await step()).status).toBe(204);
      then.push([await program.services.events.head(), await shown()]);
    }
    for (const [position, answers] of then)
      expect([position, await shown(`?asOf=${position}`)]).toEqual([position, answers]);
  });

  test('are nobody’s of a removed message, and come back with it', async () => {
    const group = await groupOf(ben);
    const message = await say(group);
    await react(ben, group, message, '👍');
    await call(ann, 'DELETE', at(group, message));
    const who = `${at(group, message)}/reactions?emoji=${encodeURIComponent('👍')}`;
    expect([(await get(ben, at(group, message))).reactions, (await get(ben, who)).items]).toEqual([[], []]);
    expect((await react(ann, group, message, '👍')).json.code).toBe('message-removed');
    await restore(group, message);
    await react(ann, group, message, '👍');
    await program.settled();
    const { items } = await program.services.queries.reactionsTo(message, '👍', { limit: 9 });
    expect(items.map(({ userId }) => userId)).toEqual([ben.id, ann.id]);
  });

  test('of people who react at once are all counted', async () => {
    const group = await groupOf(ben, cleo);
    const message = await say(group);
    await program.settled();
    const wish = { conversationId: group, messageId: message, emoji: '👍' };
    const everybody = [ann, ben, cleo];
    await Promise.all([...everybody, ...everybody].map(({ id }) => addReaction(program.services.core, meta(id), wish)));
    await program.settled();
    const events = await recorded(program.services.events, 'ReactionAdded', `message-${group}-${message}`);
    expect(events.map(({ data }) => data.count)).toEqual([1, 2, 3]);
    expect((await get(ann, at(group, message))).reactions).toMatchObject([{ count: 3 }]);
  });

  test('and a removal at once: the reaction is recorded before it, or refused', async () => {
    const group = await groupOf(ben);
    const { core, events } = program.services;
    for (let i = 0; i < 20; i++) {
      const { messageId } = await sendMessage(core, meta(ann.id), { conversationId: group, text: 'race' });
      await program.settled();
      const wish = { conversationId: group, messageId };
      const both = [
        () =>
          addReaction(core, meta(ben.id), { ...wish, emoji: '👍' }).then(
            () => 'recorded',
            ({ code }) => code,
          ),
        () => removeMessage(core, meta(ann.id), wish).then(() => 'recorded'),
      ];
      const [first, second] = i % 2 === 0 ? both : both.toReversed();
      const outcomes = await Promise.all([first!(), second!()]);
      const types = (await events.readStream(`message-${group}-${messageId}`)).map(({ type }) => type);
      const reacted = i % 2 === 0 ? outcomes[0] : outcomes[1];
      expect([types, reacted]).toEqual(
        types.length === 2
          ? [['ReactionAdded', 'MessageRemoved'], 'recorded']
          : [['MessageRemoved'], 'message-removed'],
      );
    }
  });

  test('are seen by nobody who may not read, and made by nobody who is not in it', async () => {
    const group = await groupOf(ben);
    const message = await say(group);
    for (const answer of [
      await react(cleo, group, message, '👍'),
      await takeBack(cleo, group, message, '👍'),
      await call(cleo, 'GET', `${at(group, message)}/reactions?emoji=👍`),
      await call(cleo, 'PUT', `${at(group, message)}/pin`),
      await call(cleo, 'DELETE', `${at(group, message)}/pin`),
      await call(cleo, 'GET', `/v1/conversations/${group}/pins`),
      await call(cleo, 'PUT', `${at(group, message)}/bookmark`),
    ])
      expect([answer.status, answer.json.code]).toEqual([404, 'conversation-unknown']);
  });
});

describe('pins', () => {
  const pin = (by: Person, group: string, message: string, method = 'PUT') =>
    call(by, method, `${at(group, message)}/pin`);
  const pinned = async (group: string, query = '') => get(ben, `/v1/conversations/${group}/pins${query}`);
  const idsOf = ({ items }: { items: readonly { message: { id: string } }[] }) =>
    items.map(({ message }) => message.id);

  test('are listed with the last one first, with who pinned and when', async () => {
    const group = await groupOf(ben);
    const [one, two, three] = [await say(group), await say(group), await say(group)];
    for (const [by, message] of [
      [ann, two],
      [ben, one],
      [ann, three],
    ] as const)
      expect((await pin(by, group, message)).status).toBe(204);
    await pin(ben, group, two);
    const page = PinPage.parse(await pinned(group, '?limit=2'));
    expect(idsOf(page)).toEqual([three, one]);
    expect(idsOf(await pinned(group, `?limit=2&after=${page.next}`))).toEqual([two]);
    const [event] = await recorded(program.services.events, 'MessagePinned', `message-${group}-${one}`);
    expect(page.items[1]).toMatchObject({ pinnedBy: ben.id, pinnedAt: event!.at, message: { pinnedAt: event!.at } });
    expect(page.included.users.map(({ id }) => id).toSorted()).toEqual([ann.id, ben.id].toSorted());
    await pin(ann, group, one, 'DELETE');
    await pin(ann, group, two, 'DELETE');
    await pin(ann, group, two);
    expect(idsOf(await pinned(group))).toEqual([two, three]);
    expect((await get(ann, at(group, one))).pinnedAt).toBeNull();
  });

  test('end with their message, and do not come back with it', async () => {
    const group = await groupOf(ben);
    const message = await say(group);
    await pin(ann, group, message);
    await call(ann, 'DELETE', at(group, message));
    expect((await pinned(group)).items).toEqual([]);
    expect((await pin(ann, group, message)).json.code).toBe('message-removed');
    await restore(group, message);
    await program.settled();
    expect([(await pinned(group)).items, (await get(ben, at(group, message))).pinnedAt]).toEqual([[], null]);
  });
});

describe('bookmarks', () => {
  const bookmark = (by: Person, group: string, message: string, method = 'PUT') =>
    call(by, method, `${at(group, message)}/bookmark`);
  const bookmarksOf = (by: Person, query = '') => get(by, `/v1/me/bookmarks${query}`);

  test('are one’s own, the newest first, with the messages as one may read them now', async () => {
    const dora = await program.person('dora');
    const [left, group] = [await groupOf(dora), await groupOf(dora)];
    const [one, two, gone] = [await say(left), await say(group, 'two'), await say(group)];
    for (const [where, message] of [
      [left, one],
      [group, two],
      [group, gone],
    ] as const)
      expect((await bookmark(dora, where, message)).status).toBe(204);
    await bookmark(dora, left, one);
    await call(ann, 'DELETE', at(group, gone));
    await call(ann, 'DELETE', `/v1/conversations/${left}/members/${dora.id}`);
    const { items, included } = BookmarkPage.parse(await bookmarksOf(dora));
    expect(items.map(({ messageId, conversationId, message }) => [messageId, conversationId, message?.text])).toEqual([
      [gone, group, ''],
      [two, group, 'two'],
      [one, left, undefined],
    ]);
    expect([items[0]!.message?.removedBy, items[2]!.message]).toEqual([ann.id, null]);
    expect(included.users.map(({ id }) => id)).toEqual([ann.id]);
    const { next, items: first } = await bookmarksOf(dora, '?limit=2');
    expect([first.length, (await bookmarksOf(dora, `?limit=2&after=${next}`)).items.length]).toEqual([2, 1]);
    expect((await bookmark(dora, group, gone)).json.code).toBe('message-removed');
    await bookmark(dora, left, one, 'DELETE');
    expect((await bookmarksOf(dora)).items).toHaveLength(2);
    expect((await bookmarksOf(ann)).items).toEqual([]);
  });
});
