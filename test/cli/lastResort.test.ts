// Should an error escape everybody: the server says why, tells its sockets, and ends with a code of its own.

import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { IN_DOUBT } from '../../src/cli/stopping.ts';
import { ended, startServer, temporaryDirectory } from '../support/cli.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  home = await temporaryDirectory();
});
afterAll(() => home.remove());

/** Runs in the server, at a signal. */
const atSignal = (code: string): string =>
  `--import=data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${code} });`)}`;

test.each([
  [
    'thrown in a timer, again and again',
    "setInterval(() => { throw Object.assign(new Error('boom'), { token: 'sec' + 'ret' }); }, 1)",
  ],
  [
    'a rejection that nobody handles',
    "void Promise.reject(Object.assign(new Error('boom'), { token: 'sec' + 'ret' }))",
  ],
])('%s', async (_, code) => {
  const { url, child } = await startServer({
    DATA_DIR: `${home.path}/${encodeURIComponent(code).length}`,
    LOG_LEVEL: 'error',
    NODE_OPTIONS: atSignal(code),
  });
  const end = ended(child);
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  child.kill('SIGUSR2');
  expect((await closed)[0]).toBe(1012);
  const { code: exitCode, out } = await end;
  expect(exitCode).toBe(IN_DOUBT);
  expect(out.match(/"message":"boom"/g)).toHaveLength(1);
  expect(out).not.toContain('secret');
});
