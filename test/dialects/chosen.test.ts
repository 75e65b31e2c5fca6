// `DIALECTS` says which foreign APIs a server speaks.

import { afterEach, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { dialects } from '../../src/dialects/index.ts';
import { type Program, startProgram } from '../support/program.ts';

let program: Program | undefined;
afterEach(async () => {
  const closing = program;
  program = undefined;
  await closing?.close();
});

/** The APIs that answer, of a path of each. */
const speaking = async (DIALECTS: string): Promise<readonly string[]> => {
  program = await startProgram({ settings: { DIALECTS } });
  const { call } = program;
  const paths = {
    solari: '/api/chats/',
    'django-chat': '/api/users/protected/',
    nargil: '/cht/api/groups/',
    thanchat: '/chatApp/',
    silicornya: '/chats/getChats/',
    native: '/v1/openapi.json',
  };
  const found: string[] = [];
  for (const [name, path] of Object.entries(paths)) {
    const { status } = await call('GET', path);
    if (status !== 404) found.push(name);
    if (name !== 'native') expect((await call('GET', `/${name}${path}`)).status, name).toBe(status);
  }
  return found;
};

test('an operator serves all APIs by saying nothing', async () => {
  expect(await speaking('')).toEqual([...dialects.map(({ name }) => name), 'native']);
});

test('an operator names the APIs to serve, at the root and under their prefixes', async () => {
  expect(await speaking('thanchat, solari')).toEqual(['solari', 'thanchat', 'native']);
});

test('an operator serves the native API alone', async () => {
  expect(await speaking('none')).toEqual(['native']);
});

test('a name that no API has is refused, and the names there are are listed', () => {
  expect(() => readConfig({ DIALECTS: 'solari,telegram' }, dialects)).toThrow(
    'DIALECTS: must be a list of solari, django-chat, nargil, thanchat, silicornya or none',
  );
});
