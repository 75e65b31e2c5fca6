import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember } from '../../src/commands/addMember.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { describeConversation } from '../../src/commands/describeConversation.ts';
import { leave } from '../../src/commands/leave.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { markRead } from '../../src/commands/markRead.ts';
import { openRoom } from '../../src/commands/openRoom.ts';
import { removeMember } from '../../src/commands/removeMember.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { signInWithKey } from '../../src/commands/signInWithKey.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { users } from '../../src/domain/user.ts';
import { rebuild } from '../../src/projections/rebuild.ts';
import { fresh, meta, openCore, type TestCore } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { viewsDump } from '../support/viewsDump.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
});
afterAll(() => program.dispose());

test('views built from the first event equal those kept live, and serve in their place', async () => {
  const { core } = program;
  const [ann, ben, cleo] = [await program.person('ann'), await program.person('ben'), await program.person('cleo')];
  const { conversationId: group } = await createGroup(core, meta(ann), {
    name: 'Team',
    memberIds: [ben],
    slug: 'team',
    public: true,
  });
  const { conversationId: room } = await openRoom(core, meta(ben), { name: 'Lobby', password: 'pw', capacity: 3 });
  const { conversationId: chat } = await startDirectChat(core, meta(ann), { userId: cleo });
  for (const [who, where] of [
    [ann, group],
    [ben, room],
    [cleo, chat],
    [ann, chat],
  ] as const)
    await sendMessage(core, meta(who), { conversationId: where, text: `from ${who}` });
  await sendMessage(core, meta(ann, { key: ann, hash: 'h' }), { conversationId: group, text: 'keyed' });
  await makeEnquiry(core, meta(), {
    room: '1',
    name: 'v',
    email: 'v@x.io',
    text: 'hi',
    answer: 'hello',
    secret: 'visitor',
  });
  await addMember(core, meta(ann), { conversationId: group, userId: cleo });
  await removeMember(core, meta(ann), { conversationId: group, userId: cleo });
  await describeConversation(core, meta(ann), { conversationId: group, picture: null, name: 'Crew' });
  await markRead(core, meta(ben), { conversationId: group, upTo: 2 });
  await signInWithKey(core, meta(), await core.ledger.load(users, ann));
  await leave(core, meta(ann), { conversationId: group });
  await deleteUser(core, fresh(cleo), {});
  await program.settled();

  const live = viewsDump(program.dataDir);
  expect(live.messages).toHaveLength(7);
  let told = 0;
  const position = await rebuild(program.stores.events, program.stores.views, (at) => {
    told = at;
  });
  expect(told).toBe(position);
  expect(position).toBe(await program.stores.events.head());
  expect(viewsDump(program.dataDir)).toEqual(live);

  await sendMessage(core, meta(ben), { conversationId: group, text: 'after' });
  await program.settled();
  expect((await program.queries.messagesIn(group, { limit: 10 })).items).toHaveLength(3);
});

test('documents count while new views are compared with the old ones, before anybody hears the result', async () => {
  const { events, views } = program.stores;
  const told: unknown[] = [];
  const onProgress = (_position: number, _events: number, compared: number): void => {
    if (compared > 0) told.push(compared);
  };
  await rebuild(events, views, onProgress, { onCompared: ({ differing }) => told.push({ differing }) });
  const documents = Object.values(viewsDump(program.dataDir)).flat().length;
  expect(told.slice(0, 2)).toEqual([documents, { differing: 0 }]);
});

test('new views take over with all that was recorded while they were made', async () => {
  const { core, stores } = program;
  const ben = await program.person('ben2');
  const { conversationId } = await createGroup(core, meta(ben), { name: 'Meanwhile' });
  const build = async () => {
    const opened = await stores.views.build();
    const complete = async () => {
      await opened.complete();
      await sendMessage(core, meta(ben), { conversationId, text: 'meanwhile' });
    };
    return { ...opened, complete };
  };
  const position = await rebuild(stores.events, instead(stores.views, { build }), () => undefined);
  expect(position).toBe(await stores.events.head());
  await program.settled();
  expect((await program.queries.messagesIn(conversationId, { limit: 10 })).items).toHaveLength(1);
});
