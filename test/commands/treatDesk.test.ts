import { grantRole } from '../../src/commands/grantRole.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { treatDesk } from '../../src/commands/treatDesk.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const opened = async ({ core }: World): Promise<string> => {
  const enquiry = { room: 'Shop', name: 'Eve', email: 'eve@example.com', text: 'Open?', answer: 'Yes.', secret: 'Eve' };
  return (await makeEnquiry(core, meta(), enquiry)).conversationId;
};

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
