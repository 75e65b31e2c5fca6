// Who the people in an event were then.

import { expect, test } from 'vitest';
import { createNamesThen } from '../../src/audit/namesThen.ts';
import { encode } from '../../src/domain/codec.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { streams } from '../../src/domain/streams.ts';
import { Hidden, type Recorded } from '../../src/store/ports.ts';
import { recordedAt } from '../support/recorded.ts';
import { ann, ben, event, NOON, registration, uuid } from '../support/scenario.ts';

/** A log with these events of accounts, at positions 10, 20, 30 …; `reads`: how many times somebody read. */
const logOf = (...events: readonly DomainEvent[]) => {
  const log = { all: [] as Recorded[], reads: 0, forgotten: 0 };
  const add = (one: DomainEvent): void => {
    const stream = streams.user((one.data as { userId: string }).userId);
    const revision = log.all.filter((other) => other.stream === stream).length;
    const position = (log.all.length + 1) * 10;
    const draft = encode(uuid(position), one, NOON, { actorId: null, correlationId: 'test' });
    log.all.push(recordedAt(draft, { stream, revision, position }));
  };
  events.forEach(add);
  const reader = {
    head: async () => log.all.length * 10,
    forgotten: () => log.forgotten,
    readStream: async (stream: string, { from = 0, limit = 1000 } = {}) => {
      log.reads++;
      if (stream === streams.user(uuid(66))) throw new Hidden(stream, 0);
      return log.all.filter((one) => one.stream === stream && one.revision >= from).slice(0, limit);
    },
  };
  return { log, add, names: createNamesThen(reader) };
};
const renamed = (userId: string, firstName: string) => event('ProfileChanged', { userId, changes: { firstName } });

test('are as they were, before and after each change, also of an account that was deleted', async () => {
  const { names } = logOf(
    event('UserRegistered', registration(ann, 'ann')),
    event('LoggedIn', { userId: ann }),
    renamed(ann, 'Anna'),
    event('UsernameChanged', { userId: ann, username: 'queen' }),
    event('UserDeleted', { userId: ann }),
  );
  const then = await names.at([5, 10, 29, 30, 40, 50].map((position) => ({ userId: ann, position })));
  expect(then).toEqual([
    undefined,
    { name: 'ann', username: 'ann' },
    { name: 'ann', username: 'ann' },
    { name: 'Anna', username: 'ann' },
    { name: 'Anna', username: 'queen' },
    { name: 'Anna', username: 'queen', deleted: true },
  ]);
});

test('are those by which the account chose to be called, as long as it did', async () => {
  const { names } = logOf(
    event('UserRegistered', registration(ann, 'ann')),
    event('DisplayNameChanged', { userId: ann, displayName: 'Root' }),
    renamed(ann, 'Anna'),
    event('DisplayNameChanged', { userId: ann, displayName: null }),
  );
  expect(await names.at([10, 20, 30, 40].map((position) => ({ userId: ann, position })))).toEqual([
    { name: 'ann', username: 'ann' },
    { name: 'Root', username: 'ann' },
    { name: 'Root', username: 'ann' },
    { name: 'Anna', username: 'ann' },
  ]);
});

test('are those of a username or an e-mail address where there is no other', async () => {
  const nameless = { ...registration(ann, 'ann'), firstName: '', username: null };
  const { names } = logOf(
    event('UserRegistered', nameless),
    event('UsernameChanged', { userId: ann, username: 'queen' }),
  );
  expect(await names.at([10, 20].map((position) => ({ userId: ann, position })))).toEqual([
    { name: 'ann@example.com', username: null },
    { name: 'queen', username: 'queen' },
  ]);
});

test('are gone at every place once the person was erased', async () => {
  const { log, names } = logOf(
    event('UserRegistered', registration(ann, 'ann')),
    event('UserDeleted', { userId: ann }),
  );
  log.all[0] = { ...log.all[0]!, opened: null };
  const erased = { name: null, username: null, erased: true };
  expect(await names.at([10, 20].map((position) => ({ userId: ann, position })))).toEqual([
    erased,
    { ...erased, deleted: true },
  ]);
});

test('are gone at every place once the log says that the person is erased, though the keys are still there', async () => {
  const { names } = logOf(
    event('UserRegistered', registration(ann, 'ann')),
    event('UserDeleted', { userId: ann }),
    event('PersonErased', { userId: ann, by: null }),
  );
  const erased = { name: null, username: null, erased: true };
  expect(await names.at([10, 20, 30].map((position) => ({ userId: ann, position })))).toEqual([
    erased,
    { ...erased, deleted: true },
    { ...erased, deleted: true },
  ]);
});

test('are gone also if they were known when the person was erased', async () => {
  const { log, names } = logOf(event('UserRegistered', registration(ann, 'ann')));
  const place = { userId: ann, position: 10 };
  expect(await names.at([place])).toEqual([{ name: 'ann', username: 'ann' }]);
  log.all[0] = { ...log.all[0]!, opened: null };
  log.forgotten++;
  expect(await names.at([place])).toEqual([{ name: null, username: null, erased: true }]);
});

test('cost one read an account, and a glance where the log has grown', async () => {
  const { log, add, names } = logOf(
    event('UserRegistered', registration(ann, 'ann')),
    event('LoggedIn', { userId: ben }),
  );
  for (let i = 0; i < 100; i++) await names.at([{ userId: ann, position: 10 }]);
  expect(log.reads).toBe(1);
  add(event('LoggedIn', { userId: ben }));
  await names.at([{ userId: ann, position: 30 }]);
  expect(log.reads).toBe(2);
  add(renamed(ann, 'Anna'));
  const asked = [10, 40].map((position) => ({ userId: ann, position }));
  expect((await names.at(asked)).map((then) => then?.name)).toEqual(['ann', 'Anna']);
});

test('are missing of an account that nobody can read, and hide no event', async () => {
  const { names } = logOf(event('UserRegistered', registration(ann, 'ann')));
  const asked = [uuid(66), ann, uuid(67)].map((userId) => ({ userId, position: 10 }));
  expect(await names.at(asked)).toEqual([undefined, { name: 'ann', username: 'ann' }, undefined]);
});

test('are known also of an account with more names than anybody remembers', async () => {
  const changes = Array.from({ length: 4000 }, (_, i) => renamed(ann, `${i}`.padEnd(1000, 'a')));
  const { names } = logOf(event('UserRegistered', registration(ann, 'ann')), ...changes);
  const [first, last] = await names.at([10, 40_010].map((position) => ({ userId: ann, position })));
  expect(first).toEqual({ name: 'ann', username: 'ann' });
  expect(last).toEqual({ name: '3999'.padEnd(1000, 'a'), username: 'ann' });
});
