// Requests that must succeed.

import { expect } from 'vitest';
import type { Person, Program } from './program.ts';

/** `program`: the one that runs when the request is sent. Returns what the answer says. */
export const callAs = (program: () => Program) => async (by: Person, method: string, path: string, json?: unknown) => {
  const reply = await program().call(method, path, { token: by.token, ...(json === undefined ? {} : { json }) });
  expect(reply.status, reply.text).toBeLessThan(300);
  return reply.json;
};
