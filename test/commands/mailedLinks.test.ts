import { expect, test } from 'vitest';
import type { Core } from '../../src/commands/core.ts';
import { mailReset } from '../../src/commands/mailedLinks.ts';
import { claims } from '../../src/domain/claim.ts';
import type { Mail } from '../../src/mail/mail.ts';
import { meta } from '../support/core.ts';

test('nobody looks for the account before the answer: its time tells nothing of who exists', async () => {
  let looks = 0;
  const load = async () => {
    looks += 1;
    return claims.initial();
  };
  const letters: (() => Promise<unknown>)[] = [];
  const mail = { post: (_: string, write: () => Promise<unknown>) => letters.push(write) };
  const counted: string[] = [];
  const limits = { count: (costs: object) => counted.push(...Object.keys(costs)) };
  const program = { ledger: { load }, limits, security: { note: () => undefined }, pseudonym: String };
  const core = program as unknown as Core;
  mailReset(core, mail as unknown as Mail, meta(), 'ann', ['email']);
  expect(counted).toEqual(['mails', 'mail-requests']);
  expect([looks, letters.length]).toEqual([0, 1]);
  expect([await letters[0]?.(), looks]).toEqual([[], 1]);
});
