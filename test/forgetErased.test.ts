// What is erased by any process is forgotten by all of them, as soon as the log says so.

import { afterAll, expect, test } from 'vitest';
import { forgetErased } from '../src/background.ts';
import { makeEnquiry } from '../src/commands/makeEnquiry.ts';
import { meta } from './support/core.ts';
import { instead } from './support/instead.ts';
import { startProgram } from './support/program.ts';

const program = await startProgram({ settings: { ERASE_GRACE: '0' } });
afterAll(() => program.close());

test('the keys of each erasure are forgotten when it is recorded, and again when it is certified', async () => {
  const [ann, admin] = [await program.person('ann'), await program.person('boss')];
  await program.grant(admin.id, 'admin');
  const call = async (method: string, path: string, json?: object) => {
    const reply = await program.call(method, path, { token: admin.token, ...(json && { json }) });
    expect(reply.status, reply.text).toBeLessThan(300);
    return reply.json;
  };
  const team = (await call('POST', '/v1/groups', { name: 'team' })).id;
  const { id: message } = await call('POST', `/v1/conversations/${team}/messages`, { text: 'gone' });
  const file = (await program.call('POST', '/v1/files', { token: admin.token, body: 'gone' })).json.id;
  const visitor = { room: '1', name: 'Vera', email: 'vera@example.org', secret: 'vera' };
  const desk = await makeEnquiry(program.services.core, meta(), { ...visitor, text: 'Hello', answer: 'Good day' });
  const erased = [
    `/v1/users/${ann.id}/erasure`,
    `/v1/conversations/${desk.conversationId}/visitor/erasure`,
    `/v1/conversations/${team}/messages/${message}/erasure`,
    `/v1/files/${file}/erasure`,
  ];
  for (const path of erased) await call('PUT', path);

  const { events, core } = program.services;
  const head = await events.head();
  const forgotten: (readonly string[])[] = [];
  const stop = new AbortController();
  const recorded = instead(events.recorded, {
    follow: async function* (position, signal) {
      for await (const batch of events.recorded.follow(position, signal)) {
        yield batch;
        if (batch.at(-1)!.position >= head) return;
      }
    },
  });
  const watched = instead(events, { recorded, forget: (keys) => void forgotten.push(keys) });
  await forgetErased(watched, core.ledger, 0)(stop.signal, () => undefined);
  expect(forgotten).toHaveLength(2 * erased.length);
  for (let i = 0; i < forgotten.length; i += 2) expect(forgotten[i]).toEqual(forgotten[i + 1]);
  expect(forgotten[0]).toEqual([ann.id]);
});
