// What goes with an account: the desks at which it asked, whenever it asked there; and what a start erases again.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { createErasing } from '../../src/commands/erasing.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { erasePerson } from '../../src/commands/requestErasure.ts';
import { verifyEmail } from '../../src/commands/verifyEmail.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { openDesk } from '../../src/domain/createConversation.ts';
import { users } from '../../src/domain/user.ts';
import { fresh, meta, openCore, plainMeta, type TestCore } from '../support/core.ts';
import { instead } from '../support/instead.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
});
afterAll(() => program.dispose());

const ask = (actorId: string | null, email: string, room: string) =>
  makeEnquiry(program.core, meta(actorId), {
    ...{ room, name: 'Canary', email, text: 'canary', answer: 'Thank you, Canary' },
    ...(actorId === null && { secret: 'of a stranger' }),
  });

/** Whether the keys of what was said there are destroyed. */
const isErased = async ({ conversationId }: { readonly conversationId: string }): Promise<boolean> =>
  Buffer.alloc(32).equals((await program.stores.keys.get([conversationId]))[0]!);

test('also of an account that was deleted before, and what strangers asked under the address that it had', async () => {
  const ann = await program.person('ann');
  await verifyEmail(program.core, meta(), { userId: ann, email: 'ann@example.com' });
  const desks = [await ask(ann, 'ann@example.com', 'Shop'), await ask(null, 'ann@example.com', 'Shop')];
  const other = await ask(null, 'ben@example.com', 'Shop');
  await deleteUser(program.core, fresh(ann), { current: undefined });
  await program.settled();
  await erasePerson(program.core, meta(), { userId: ann });
  await program.core.erasing.carryOut(ann, 'test');
  expect(await Promise.all(desks.map(isErased))).toEqual([true, true]);
  expect(await isErased(other)).toBe(false);
});

test('also what it asks in the last moment', async () => {
  const cleo = await program.person('cleo');
  await erasePerson(program.core, meta(), { userId: cleo });
  const { core, stores, queries, progress } = program;
  let desk: { readonly conversationId: string } | undefined;
  const transact: typeof core.ledger.transact = async (aggregate, ...rest) => {
    if ((aggregate as unknown) === users) desk ??= await ask(cleo, 'cleo@example.com', 'Late');
    return core.ledger.transact(aggregate, ...rest);
  };
  const erasing = createErasing({
    ...{ ledger: instead(core.ledger, { transact }), events: stores.events, views: stores.views },
    ...{ queries, progress, signer: core.signer, now: core.now, grace: 1 },
  });
  await erasing.carryOut(cleo, 'test');
  expect(await isErased(desk!)).toBe(true);
});

test('also, at the next start, one whose opening was under way', async () => {
  const dan = await program.person('dan');
  await erasePerson(program.core, meta(), { userId: dan });
  await program.core.erasing.carryOut(dan, 'test');
  const conversationId = program.core.newId();
  const visitor = { room: 'Late', visitorName: 'Canary', visitorEmail: 'dan@example.com', openedBy: dan };
  await program.core.ledger.transact(conversations, conversationId, plainMeta(dan), (desk) =>
    openDesk(desk, { conversationId, number: 1000, ...visitor }),
  );
  await program.settled();
  await program.core.erasing.eraseAgain({ id: dan, kind: 'person', keys: [dan] }, 'test');
  expect(await isErased({ conversationId })).toBe(true);
});

test('a start breaks off no answers for what is gone', async () => {
  const { core, stores, queries } = program;
  const times = stores.events.forgotten();
  for await (const erasure of queries.allErasures('certified')) await core.erasing.eraseAgain(erasure, 'test');
  expect(stores.events.forgotten()).toBe(times);
});
