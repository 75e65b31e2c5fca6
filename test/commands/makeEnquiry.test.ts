import { expect, test } from 'vitest';
import { createDeskBudget } from '../../src/commands/deskBudget.ts';
import { grantRole } from '../../src/commands/grantRole.ts';
import { deskId, makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { treatDesk } from '../../src/commands/treatDesk.ts';
import { commandRules } from '../support/commandRules.ts';
import { elsewhereOn, meta, openCore } from '../support/core.ts';
import { recorded } from '../support/log.ts';

let visitors = 0;

commandRules(
  makeEnquiry,
  {
    taken: async () => [
      null,
      {
        room: 'Shop',
        name: 'Eve',
        email: `eve${visitors++}@example.com`,
        text: 'Open?',
        answer: 'From nine.',
        secret: 'only Eve knows',
      },
    ],
    records: ['DeskOpened', 'MessageSent', 'MessageSent'],
    // Asked again, it is answered again, at the same desk.
    again: ['MessageSent', 'MessageSent'],
    refused: {
      'a visitor whom somebody at the desk has blocked asks nothing': [
        'desk-blocked',
        async ({ core, person }) => {
          const wish = { room: 'Shop', name: 'Eve', email: 'eve@x.io', text: 'Open?', answer: '', secret: 'blocked' };
          const { conversationId } = await makeEnquiry(core, meta(), wish);
          const sam = await person('sam');
          await grantRole(core, meta(), { userId: sam, role: 'staff' });
          await treatDesk(core, meta(sam), { conversationId, as: 'blocked' });
          return [null, wish];
        },
      ],
    },
  },
  // The budget of a day: see below.
  ['quota-exceeded'],
);

test('a visitor without a secret and without an account has no desk', async () => {
  expect(() =>
    deskId({ pseudonym: String }, { room: 'Shop', name: 'Eve', email: 'eve@x.io' }, { userId: null }),
  ).toThrow('signed-out');
});

const asks = (name: string) => ({
  room: 'Shop',
  name,
  email: 'eve@example.com',
  secret: 'only Eve knows',
  text: 'Open?',
  answer: 'From nine.',
});

/** Bytes of one exchange of `asks`. */
const ONE = 4200;

test('visitors of one address, and all together, have so many bytes a day in every process', async () => {
  const program = await openCore({ DESK_BUDGET: String(5 * ONE), DESK_BUDGET_ADDRESS: String(3 * ONE) });
  let today = new Date('2026-01-05T12:00:00Z');
  const now = () => today;
  const { core: plain, stores } = program;
  const processes = [plain, { ...plain, ...elsewhereOn(stores.events, plain) }].map((core) => {
    const bytes = { address: 3 * ONE, all: 5 * ONE };
    return { ...core, now, deskBudget: createDeskBudget({ ledger: core.ledger, now, bytes }) };
  });
  const ask = (process: number, address: string | null) =>
    makeEnquiry(processes[process]!, { actorId: null, correlationId: 'test', address }, asks('Eve')).then(
      () => 'taken',
      (error: Error) => error.message,
    );
  const taken = async (process: number, address: string | null, times: number) =>
    (await Promise.all(Array.from({ length: times }, () => ask(process, address)))).filter((one) => one === 'taken')
      .length;
  expect(await taken(0, '1.2.3.4', 5)).toBe(3);
  expect(await ask(0, '1.2.3.4')).toBe('quota-exceeded');
  expect(await taken(1, '5.6.7.8', 2)).toBe(2);
  expect(await taken(1, null, 3)).toBe(0);
  expect(await taken(0, '9.9.9.9', 1)).toBe(0);
  today = new Date('2026-01-06T00:00:00Z');
  expect(await taken(0, '1.2.3.4', 4)).toBe(3);
  const messages = await recorded(stores.events, 'MessageSent');
  expect(JSON.stringify(messages)).not.toContain('1.2.3.4');
  await program.dispose();
});
