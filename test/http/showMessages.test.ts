// A page of messages as its readers see it: what it needs is read side by side.

import { expect, test } from 'vitest';
import { withIncluded } from '../../src/http/showMessages.ts';
import type { MessageDoc } from '../../src/projections/messages.ts';
import type { Queries } from '../../src/projections/queries.ts';

test('people are looked up beside the annotations and the files, not after them', async () => {
  const asked: string[] = [];
  const { promise: allAsked, resolve } = Promise.withResolvers<void>();
  /** Answers once all three are asked. */
  const ask = (what: string) => async () => {
    if (asked.push(what) === 3) resolve();
    await allAsked;
    return new Map();
  };
  const queries = {
    filesById: ask('files'),
    annotationsOn: ask('annotations'),
    usersById: ask('users'),
  } as unknown as Queries;
  const message = { id: 'm1', seq: 1, position: 1, senderId: 'u1', fileId: null, text: 'one' } as unknown as MessageDoc;
  const { shown } = await withIncluded(queries, [message], 'u1');
  expect(shown).toMatchObject([{ id: 'm1', text: 'one' }]);
  expect(new Set(asked)).toEqual(new Set(['files', 'annotations', 'users']));
});
