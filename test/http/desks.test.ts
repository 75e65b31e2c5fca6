import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { directChatId } from '../../src/domain/ids.ts';
import { type Program, startProgram } from '../support/program.ts';

let program: Program;
beforeAll(async () => {
  program = await startProgram();
});
afterAll(() => program.close());

test('a visitor’s account lists the desks of its address, staff all, others none', async () => {
  const [ann, ben, cleo] = await Promise.all(['ann', 'ben', 'cleo'].map((name) => program.person(name)));
  await program.grant(cleo!.id, 'staff');
  const { json: account } = await program.call('PATCH', '/v1/me', {
    token: ann!.token,
    json: { email: 'ann@visits.org' },
  });
  expect(account.email).toBe('ann@visits.org');
  const meta = { actorId: null, address: null, correlationId: 'test' };
  const ask = (email: string) =>
    makeEnquiry(program.services.core, meta, { room: '1', name: 'v', email, text: 'hi', answer: 'ok' });
  const [own, other] = [await ask('Ann@Visits.org'), await ask('x@visits.org')];
  const list = async (token: string) => {
    const headers = { 'X-Min-Position': String(other.position) };
    const { json } = await program.call('GET', '/v1/conversations?scope=desks', { token, headers });
    return json.items.map(({ id }: { id: string }) => id);
  };
  expect(await list(ann!.token)).toEqual([own.conversationId]);
  expect(await list(ben!.token)).toEqual([]);
  expect(await list(cleo!.token)).toEqual([own.conversationId, other.conversationId]);
});

test('nobody chooses the id of a group', async () => {
  const [dan, eve] = await Promise.all(['dan', 'eve'].map((name) => program.person(name)));
  const json = { name: 'trap', conversationId: directChatId(dan!.id, eve!.id) };
  const reply = await program.call('POST', '/v1/groups', { token: dan!.token, json });
  expect(reply.status).toBe(400);
  expect(reply.json.errors[0].field).toBe('conversationId');
});
