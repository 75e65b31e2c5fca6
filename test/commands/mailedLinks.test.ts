import { expect, test } from 'vitest';
import type { Core } from '../../src/commands/core.ts';
import { mailReset } from '../../src/commands/mailedLinks.ts';
import { claims } from '../../src/domain/claim.ts';
import type { Mail } from '../../src/mail/mail.ts';

test('nobody looks for the account before the answer: its time tells nothing of who exists', async () => {
  let looks = 0;
  const load = async () => {
    looks += 1;
    return claims.initial();
  };
  const letters: (() => Promise<unknown>)[] = [];
  const mail = { post: (_: string, write: () => Promise<unknown>) => letters.push(write) };
  mailReset({ ledger: { load } } as unknown as Core, mail as unknown as Mail, 'ann', ['email']);
  expect([looks, letters.length]).toEqual([0, 1]);
  expect([await letters[0]?.(), looks]).toEqual([undefined, 1]);
});
