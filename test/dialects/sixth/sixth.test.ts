// A sixth API is a folder and a name in the table.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { dialects } from '../../../src/dialects/index.ts';
import { eventually } from '../../support/eventually.ts';
import { type Person, type Program, startProgram } from '../../support/program.ts';
import { connect, HandshakeRefused } from '../../support/sockets.ts';
import { sixth } from './sixth.ts';

const six = [...dialects, sixth];

let program: Program;
let ann: Person;
let ben: Person;
let group: string;
beforeAll(async () => {
  program = await startProgram({ dialects: six, settings: { SIXTH_GREETING: 'good day' } });
  [ann, ben] = [await program.person('ann'), await program.person('ben')];
  group = (await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'team' } })).json.id;
});
afterAll(() => program.close());

const rpc = async (method: string, params: object, { token } = ann, prefix = '') =>
  program.call('POST', `${prefix}/rpc`, { token, json: { id: 1, method, params } });

const listenTo = (prefix: string, { token }: Person) =>
  connect({ port: Number(new URL(program.url).port) }, { path: `${prefix}/rpc/live/${group}`, token });

describe.each(['', '/sixth'])('a sixth API at "%s"', (prefix) => {
  test('reads its own settings', async () => {
    expect((await rpc('hello', {}, ann, prefix)).json).toEqual({ id: 1, result: 'good day' });
  });

  test('says what the native API reads', async () => {
    const text = `from ${prefix}`;
    expect((await rpc('say', { to: group, text }, ann, prefix)).json).toEqual({ id: 1, result: { said: text } });
    const { json } = await program.call('GET', `/v1/conversations/${group}/messages`, { token: ann.token });
    expect(json.items.map((message: { text: string }) => message.text)).toContain(text);
  });

  test('reads and hears what the native API says', async () => {
    const live = await listenTo(prefix, ann);
    const text = `native, for ${prefix}`;
    await program.call('POST', `/v1/conversations/${group}/messages`, { token: ann.token, json: { text } });
    expect((await rpc('last', { of: group }, ann, prefix)).json.result).toEqual({ by: 'ann', text });
    await eventually(() => expect(live.frames).toEqual([{ method: 'said', params: { by: 'ann', text } }]));
    live.close();
  });

  test('obeys the rules of the core, and words their refusals itself', async () => {
    const error = (code: number, message: string, id: number | null = null) => ({ id, error: { code, message } });
    const stranger = await rpc('say', { to: group, text: 'hi' }, ben, prefix);
    expect([stranger.status, stranger.json]).toEqual([404, error(-32000, 'conversation-unknown')]);
    const nobody = await program.call('POST', `${prefix}/rpc`, { json: { id: 1, method: 'hello' } });
    expect([nobody.status, nobody.json]).toEqual([401, error(-32000, 'signed-out')]);
    expect((await rpc('nothing', {}, ann, prefix)).json).toEqual(error(-32601, 'no method nothing', 1));
    await expect(listenTo(prefix, ben)).rejects.toBeInstanceOf(HandshakeRefused);
  });
});

test('the other APIs are where they were', async () => {
  expect((await program.call('GET', '/chatApp/')).status).toBe(200);
  expect((await program.call('GET', '/silicornya/auth/user/')).status).toBe(401);
});

test('its settings are refused together with all others', () => {
  const read = () => readConfig({ SIXTH_GREETING: 'x'.repeat(21), PORT: 'x', NARGIL_JWKS_URL: 'nowhere' }, six);
  expect(read).toThrow(/PORT[\s\S]*NARGIL_JWKS_URL[\s\S]*SIXTH_GREETING/);
});
