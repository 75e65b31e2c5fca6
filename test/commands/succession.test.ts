// What deleted accounts leave is settled, whenever the process died and whoever did what at the same moment.

import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addMember } from '../../src/commands/addMember.ts';
import { appointOwner } from '../../src/commands/appointOwner.ts';
import type { Core } from '../../src/commands/core.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { join } from '../../src/commands/join.ts';
import { leave } from '../../src/commands/leave.ts';
import { removeMember } from '../../src/commands/removeMember.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { createSuccession } from '../../src/commands/succession.ts';
import { suspendUser } from '../../src/commands/suspendUser.ts';
import { deleteUser as deletion } from '../../src/domain/administration.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { createGroup as creation, startDirectChat as start } from '../../src/domain/createConversation.ts';
import type { Event } from '../../src/domain/events.ts';
import { directChatId } from '../../src/domain/ids.ts';
import * as membership from '../../src/domain/membership.ts';
import { users } from '../../src/domain/user.ts';
import { Unavailable } from '../../src/store/ports.ts';
import { createSucceeding } from '../../src/succeeding.ts';
import { fresh, meta, openCore, plainMeta, type TestCore } from '../support/core.ts';
import { instead } from '../support/instead.ts';

let program: TestCore;
let core: Core;
let names = 0;
beforeAll(async () => {
  program = await openCore();
  core = program.core;
});
afterAll(() => program.dispose());

const person = () => program.person(`person${names++}`);
const group = async (owner: string, ...memberIds: string[]): Promise<string> =>
  (await createGroup(core, meta(owner), { name: 'Team', public: true, memberIds })).conversationId;
const rolesIn = async (id: string) => Object.fromEntries([...(await core.ledger.load(conversations, id)).members]);
/** The deletion, and nothing that follows it. */
const recordDeletion = (userId: string) => core.ledger.transact(users, userId, plainMeta(), deletion);

/** As the program does when its views begin to follow the log. */
const startAgain = async (): Promise<void> => {
  const succeeding = createSucceeding({ ...program, log: pino({ level: 'silent' }) }, program.stores);
  const over = new AbortController();
  await program.settled();
  succeeding.all();
  await succeeding.run(over.signal, () => over.abort());
  await program.settled();
};
const seatsOf = async (userId: string) => {
  const { items } = await program.queries.seated('deleted', { limit: 1000 });
  return items.find(({ id }) => id === userId)?.seats ?? 0;
};

/** What `see` is told of. */
const told = (type: 'MemberAdded' | 'UserDeleted', userId: string): Event => ({ type, data: { userId } }) as Event;

test('an account that is deleted while the process looks whether it was leaves its groups at once', async () => {
  const [ann, ben] = [await person(), await person()];
  const team = await group(ben, ann);
  await program.settled();
  let meanwhile = async (): Promise<void> => {
    await recordDeletion(ann);
    await program.settled();
    succeeding.see(told('UserDeleted', ann));
    meanwhile = async () => undefined;
  };
  const queries = instead(program.queries, {
    usersById: async (ids) => {
      const found = await program.queries.usersById(ids);
      await meanwhile();
      return found;
    },
  });
  const succeeding = createSucceeding({ ...program, queries, log: pino({ level: 'silent' }) }, program.stores);
  const over = new AbortController();
  succeeding.see(told('MemberAdded', ann));
  await succeeding.run(over.signal, () => over.abort());
  expect(await rolesIn(team)).toEqual({ [ben]: 'owner' });
});

test('an account whose departures meet an outage is looked at again', async () => {
  const [ann, ben] = [await person(), await person()];
  const team = await group(ben, ann);
  await recordDeletion(ann);
  await program.settled();
  let asked = 0;
  const queries = instead(program.queries, {
    usersById: async (ids) => {
      if (++asked === 1) throw new Unavailable('views');
      return program.queries.usersById(ids);
    },
  });
  const succeeding = createSucceeding({ ...program, queries, log: pino({ level: 'silent' }) }, program.stores);
  const over = new AbortController();
  succeeding.see(told('UserDeleted', ann));
  await expect(succeeding.run(over.signal, () => undefined)).rejects.toThrow(Unavailable);
  await succeeding.run(over.signal, () => over.abort());
  expect(await rolesIn(team)).toEqual({ [ben]: 'owner' });
});

test.each([0, 1, 2, 3])(
  'a process that dies %i conversations after the deletion leaves nothing undone at the next start',
  async (steps) => {
    const [ann, ben, cleo] = [await person(), await person(), await person()];
    const [own, other] = [await group(ann, ben, cleo), await group(ben, ann)];
    const { conversationId: chat } = await startDirectChat(core, meta(ann), { userId: ben });
    await recordDeletion(ann);
    await program.settled();
    let done = 0;
    const dying = instead(core.ledger, {
      transact: async (...given: Parameters<typeof core.ledger.transact>) => {
        if (done++ === steps) throw new Error('killed');
        return core.ledger.transact(...given);
      },
    } as unknown as Partial<Core['ledger']>);
    const { queries, progress } = program;
    const dies = createSuccession({ ledger: dying, events: program.stores.events, queries, progress }).settle(
      ann,
      'test',
    );
    if (steps < 3) await expect(dies).rejects.toThrow('killed');
    else await dies;
    await startAgain();
    expect(await rolesIn(own)).toEqual({ [ben]: 'owner', [cleo]: 'member' });
    expect(await rolesIn(other)).toEqual({ [ben]: 'owner' });
    expect(await rolesIn(chat)).toEqual({ [ben]: 'member' });
    expect(await seatsOf(ann)).toBe(0);
    expect(await program.queries.conversation(own)).toMatchObject({ memberCount: 2 });
    const head = await program.stores.events.head();
    await startAgain();
    expect(await program.stores.events.head()).toBe(head);
  },
);

describe('a deleted account that comes into a conversation a moment after its deletion leaves it again:', () => {
  const late: Readonly<Record<string, (ann: string, ben: string) => Promise<string>>> = {
    'somebody added it': async (ann, ben) => {
      const id = await group(ben);
      const by = await core.ledger.load(users, ben);
      await core.ledger.transact(conversations, id, plainMeta(), (state) => membership.addMember(state, by, ann, 0));
      return id;
    },
    'it joined': async (ann, ben) => {
      const id = await group(ben);
      const { status: _, ...alive } = await core.ledger.load(users, ann);
      const user = { ...alive, status: 'registered' } as const;
      await core.ledger.transact(conversations, id, plainMeta(), (state) => membership.join(state, user, 0));
      return id;
    },
    'it made a group': async (ann, ben) => {
      const id = core.newId();
      const about = { name: 'Late', description: '', picture: null, public: false, slug: null };
      await core.ledger.transact(conversations, id, plainMeta(), (state) =>
        creation(state, { ...about, conversationId: id, number: 1, ownerId: ann }, [ben], []),
      );
      return id;
    },
    'it became the heir of another owner': async (ann, ben) => {
      const id = core.newId();
      const cleo = await person();
      const about = { name: 'Late', description: '', picture: null, public: false, slug: null };
      await core.ledger.transact(conversations, id, plainMeta(), (state) =>
        creation(state, { ...about, conversationId: id, number: 1, ownerId: cleo }, [ann, ben], []),
      );
      const by = await core.ledger.load(users, cleo);
      await core.ledger.transact(conversations, id, plainMeta(), (state) => membership.leave(state, by));
      expect(await rolesIn(id)).toEqual({ [ann]: 'owner', [ben]: 'member' });
      return id;
    },
    'somebody started a chat with it': async (ann, ben) => {
      const id = directChatId(ann, ben);
      const chat = { conversationId: id, number: 1, userIds: [ann, ben] as [string, string], startedBy: ben };
      await core.ledger.transact(conversations, id, plainMeta(), (state) => start(state, chat));
      return id;
    },
  };
  test.each(Object.entries(late))('%s', async (what, happens) => {
    const [ann, ben] = [await person(), await person()];
    await recordDeletion(ann);
    const id = await happens(ann, ben);
    await startAgain();
    expect(await rolesIn(id)).toEqual({ [ben]: what.includes('chat') ? 'member' : 'owner' });
    expect(await seatsOf(ann)).toBe(0);
  });
});

test('two owners who are deleted at once leave the group to the next', async () => {
  const [ann, ben, cleo] = [await person(), await person(), await person()];
  const id = await group(ann, cleo);
  await appointOwner(core, meta(ann), { conversationId: id, userId: ben });
  await Promise.all([deleteUser(core, fresh(ann), {}), deleteUser(core, fresh(ben), {})]);
  await startAgain();
  expect(await rolesIn(id)).toEqual({ [cleo]: 'owner' });
});

test('deletions, joins and additions at once leave no deleted member and no group without an owner', async () => {
  const people = await Promise.all(Array.from({ length: 6 }, person));
  const [ann, ben, ...others] = people as [string, string, ...string[]];
  const ids = [await group(ann, ben), await group(ann)];
  const tries = others.flatMap((userId) =>
    ids.flatMap((conversationId) => [
      join(core, meta(userId), { conversationId }),
      addMember(core, meta(ann), { conversationId, userId }),
      leave(core, meta(userId), { conversationId }),
    ]),
  );
  const deleted = [ann, ...others.slice(0, 2)];
  await Promise.allSettled([...tries, ...deleted.map((userId) => deleteUser(core, fresh(userId), {}))]);
  await startAgain();
  for (const id of ids) {
    const roles = await rolesIn(id);
    for (const userId of deleted) expect(roles).not.toHaveProperty(userId);
    expect(Object.keys(roles).length === 0 || Object.values(roles).includes('owner')).toBe(true);
    expect(await program.queries.conversation(id)).toMatchObject({ memberCount: Object.keys(roles).length });
  }
});

test.each([
  ['leaves', (userId: string, conversationId: string) => leave(core, meta(userId), { conversationId })],
  [
    'removes itself',
    (userId: string, conversationId: string) => removeMember(core, meta(userId), { conversationId, userId }),
  ],
] as const)('a suspended owner does not keep the group to itself when another owner %s', async (_, goes) => {
  const [ann, ben, cleo] = [await person(), await person(), await person()];
  const id = await group(ann, ben, cleo);
  await appointOwner(core, meta(ann), { conversationId: id, userId: ben });
  await suspendUser(core, meta(), { userId: ben });
  await goes(ann, id);
  expect(await rolesIn(id)).toEqual({ [ben]: 'owner', [cleo]: 'owner' });
});

test('who joins a group whose owner is suspended owns it as well', async () => {
  const [ann, ben] = [await person(), await person()];
  const id = await group(ann);
  await suspendUser(core, meta(), { userId: ann });
  await join(core, meta(ben), { conversationId: id });
  expect(await rolesIn(id)).toEqual({ [ann]: 'owner', [ben]: 'owner' });
});
