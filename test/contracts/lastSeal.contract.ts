// What every keeper of the last seal does: on each adapter, and for processes that share it.

import { expect, test } from 'vitest';
import type { LastSeal } from '../../src/store/ports.ts';

/** `opened`: the keeper, and a second process on the same one. */
export const lastSealContract = (opened: () => readonly [LastSeal, LastSeal]): void => {
  test('has none at first, and forgetting none is no error', async () => {
    const [one, other] = opened();
    await one.keep(null);
    for (const seal of [one, other]) expect(await seal.read()).toBeUndefined();
  });

  test('every process reads just the text that was kept last, whatever is in it', async () => {
    const [one, other] = opened();
    const text = JSON.stringify({ size: 7, why: `$set. "quoted" Ärger\n${'x'.repeat(2000)}` });
    await one.keep('{"size":1}');
    await other.keep(text);
    for (const seal of [one, other]) expect(await seal.read()).toBe(text);
    await one.keep('{"size":8}');
    expect(await other.read()).toBe('{"size":8}');
  });

  test('forgets it for every process', async () => {
    const [one, other] = opened();
    await one.keep('{"size":1}');
    await other.keep(null);
    for (const seal of [one, other]) expect(await seal.read()).toBeUndefined();
  });
};
