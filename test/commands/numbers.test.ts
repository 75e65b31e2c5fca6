// Integer ids: one row for people and conversations, across processes and versions.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNumbers } from '../../src/commands/numbers.ts';
import { type NumberKind, numbers, reserveNumbers } from '../../src/domain/numbers.ts';
import { elsewhereOn, openCore, plainMeta, type TestCore } from '../support/core.ts';

let site: TestCore;
beforeAll(async () => {
  site = await openCore();
});
afterAll(() => site.dispose());

const processes = (count: number) =>
  Array.from({ length: count }, () => {
    const { ledger } = elsewhereOn(site.stores.events, site.core);
    return { ledger, ...createNumbers(ledger) };
  });

const kinds: readonly NumberKind[] = ['user', 'conversation'];

/** As a version did that counted each kind apart. */
const reserveApart = ({ ledger }: Pick<TestCore['core'], 'ledger'>, kind: NumberKind, count: number) =>
  ledger.transact(numbers, kind, plainMeta(), (state) => reserveNumbers(state, kind, count));

test('people and conversations of a log that counted them apart are numbered above all of them', async () => {
  await reserveApart(site.core, 'conversation', 70);
  await reserveApart(site.core, 'user', 40);
  const [one, other] = processes(2);
  expect([await one!.next('user'), await one!.next('conversation'), await one!.next('user')]).toEqual([71, 72, 73]);
  expect(await other!.next('conversation')).toBe(91);
});

test('no number is given twice, by many processes at once and beside one that counts the kinds apart', async () => {
  const [old, ...others] = processes(4);
  const given: number[] = [];
  const giveAll = async ({ next }: (typeof others)[number]) => {
    for (let i = 0; i < 30; i++) given.push(...(await Promise.all(kinds.map(next))));
  };
  const giveApart = async () => {
    for (let i = 0; i < 20; i++) {
      const kind = kinds[i % 2]!;
      const { events } = await reserveApart(old!, kind, 3);
      const [reserved] = events;
      if (reserved?.type === 'NumbersReserved') apart[kind]!.push(reserved.data.upTo);
    }
  };
  const apart: Partial<Record<NumberKind, number[]>> = { user: [], conversation: [] };
  await Promise.all([...others.map(giveAll), giveApart()]);
  for (const kind of kinds) {
    const all = [...given, ...apart[kind]!.flatMap((upTo) => [upTo, upTo - 1, upTo - 2])];
    expect(new Set(all).size).toBe(all.length);
  }
});

test('messages and files keep counts of their own', async () => {
  const [one] = processes(1);
  expect([await one!.next('message'), await one!.next('file'), await one!.next('message')]).toEqual([1, 1, 2]);
});
