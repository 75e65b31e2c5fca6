import { expect, test } from 'vitest';
import { grantRole } from '../../src/commands/grantRole.ts';
import { deskId, makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { treatDesk } from '../../src/commands/treatDesk.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

let visitors = 0;

commandRules(makeEnquiry, {
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
});

test('a visitor without a secret and without an account has no desk', async () => {
  expect(() => deskId({ room: 'Shop', name: 'Eve', email: 'eve@x.io' }, { userId: null })).toThrow('signed-out');
});
