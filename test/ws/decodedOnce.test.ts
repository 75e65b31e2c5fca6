// The projector and the hub follow one log: what one of them has decoded, the other takes as it is.

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { schemas } from '../../src/domain/events.ts';
import { type Program, startProgram } from '../support/program.ts';
import { listening } from '../support/sockets.ts';

let program: Program;

beforeAll(async () => {
  program = await startProgram();
});

afterAll(() => program.close());

test('one message is decoded once, though it reaches the views and a socket', async () => {
  const ann = await program.person('ann');
  const { token } = ann;
  const room = (await program.call('POST', '/v1/rooms', { token, json: { name: 'lobby' } })).json.id;
  const client = await listening({ port: Number(new URL(program.url).port) }, token, { conversationIds: [room] });
  const decoding = vi.spyOn(schemas.MessageSent, 'safeParse');
  const sent = await program.call('POST', `/v1/conversations/${room}/messages`, { token, json: { text: 'Hello' } });
  expect(await client.next('message')).toMatchObject({ message: sent.json });
  expect(decoding).toHaveBeenCalledTimes(1);
  decoding.mockRestore();
  client.close();
});
