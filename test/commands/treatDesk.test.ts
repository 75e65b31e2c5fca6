import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { grantRole } from '../../src/commands/grantRole.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { revokeRole } from '../../src/commands/revokeRole.ts';
import { treatDesk } from '../../src/commands/treatDesk.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { fresh, meta, openCore, type TestCore } from '../support/core.ts';

const enquiry = { room: 'Shop', name: 'Eve', email: 'eve@example.com', text: 'Open?', answer: 'Yes.' };
const opened = async ({ core }: World): Promise<string> =>
  (await makeEnquiry(core, meta(), { ...enquiry, secret: 'Eve' })).conversationId;

commandRules(treatDesk, {
  taken: async (world) => {
    const sam = await world.person('sam');
    await grantRole(world.core, meta(), { userId: sam, role: 'staff' });
    return [sam, { conversationId: await opened(world), as: 'muted' as const }];
  },
  records: ['DeskMuted'],
  refused: {
    'who does not see a desk does not learn that it is there': [
      'conversation-unknown',
      async (world) => [await world.person('ann'), { conversationId: await opened(world), as: 'left' as const }],
    ],
  },
});

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
});
afterAll(() => program.dispose());

const staff = async (name: string): Promise<string> => {
  const userId = await program.person(name);
  await grantRole(program.core, meta(), { userId, role: 'staff' });
  return userId;
};

test.each([
  ['was deleted', 'gone', (userId: string) => deleteUser(program.core, fresh(userId), {})],
  ['is no staff any more', 'moved', (userId: string) => revokeRole(program.core, meta(), { userId, role: 'staff' })],
] as const)(
  'staff reopens for all the desk that an account has blocked which %s, its visitor does not',
  async (_, name, end) => {
    const { core } = program;
    const [blocker, other, another, eve] = await Promise.all([
      staff(`${name}-blocker`),
      staff(`${name}-other`),
      staff(`${name}-another`),
      program.person(`${name}-eve`),
    ]);
    const ask = () => makeEnquiry(core, meta(eve), enquiry);
    const { conversationId } = await ask();
    const open = (userId: string) => treatDesk(core, meta(userId), { conversationId, as: 'open' });
    await treatDesk(core, meta(blocker), { conversationId, as: 'blocked' });
    await open(other);
    await expect(ask()).rejects.toThrow('desk-blocked');
    await end(blocker);
    await expect(ask()).rejects.toThrow('desk-blocked');
    await open(eve);
    await expect(ask()).rejects.toThrow('desk-blocked');
    await treatDesk(core, meta(another), { conversationId, as: 'blocked' });
    await open(other);
    await expect(ask()).rejects.toThrow('desk-blocked');
    await open(another);
    expect((await ask()).conversationId).toBe(conversationId);
  },
);
