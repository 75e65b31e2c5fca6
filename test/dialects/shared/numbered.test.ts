import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGroup } from '../../../src/commands/createGroup.ts';
import { deleteUser } from '../../../src/commands/deleteUser.ts';
import { sendMessage } from '../../../src/commands/sendMessage.ts';
import { groupNumbered, readableMessageNumbered, userNumbered } from '../../../src/dialects/shared/find.ts';
import { fullName } from '../../../src/dialects/shared/names.ts';
import type { UserDoc } from '../../../src/projections/users.ts';
import { fresh, meta, openCore, type TestCore } from '../../support/core.ts';

let core: TestCore;
let ann: string;
let ben: string;
beforeAll(async () => {
  core = await openCore();
  ann = await core.person('ann');
  ben = await core.person('ben');
});
afterAll(async () => await core.dispose());

describe('an integer stands for', () => {
  it('an account that is not deleted', async () => {
    const cleo = await core.person('cleo');
    await core.settled();
    const { number } = (await core.queries.user(cleo))!;
    expect((await userNumbered(core.queries, number))?.id).toBe(cleo);
    await deleteUser(core.core, fresh(cleo), {});
    await core.settled();
    for (const unknown of [number, 0, -1, 999, 1.5, 1e300])
      expect(await userNumbered(core.queries, unknown)).toBe(undefined);
  });

  it('a conversation and a message for those alone who may read them', async () => {
    const { conversationId } = await createGroup(core.core, meta(ann), { name: 'team' });
    const { messageId } = await sendMessage(core.core, meta(ann), { conversationId, text: 'hi' });
    await core.settled();
    const { number } = (await core.queries.conversation(conversationId))!;
    const { number: messageNumber } = (await core.queries.message(messageId))!;
    expect((await groupNumbered(core.queries, number, ann))?.id).toBe(conversationId);
    expect(await groupNumbered(core.queries, number, ben)).toBe(undefined);
    expect((await readableMessageNumbered(core.queries, messageNumber, ann))?.id).toBe(messageId);
    expect(await readableMessageNumbered(core.queries, messageNumber, ben)).toBe(undefined);
  });
});

const account = (more: Partial<UserDoc>): UserDoc =>
  ({ firstName: '', lastName: '', username: null, email: null, ...more }) as UserDoc;

it('an account without a name shows its username, and nothing of its e-mail address', () => {
  expect(fullName(account({ firstName: 'Ann', lastName: 'Lee', username: 'ann' }))).toBe('Ann Lee');
  expect(fullName(account({ firstName: 'Ann' }))).toBe('Ann');
  expect(fullName(account({ username: 'ann' }))).toBe('ann');
  expect(fullName(account({ email: 'ann@x.io' }))).toBe('');
  expect(fullName(account({}))).toBe('');
});
