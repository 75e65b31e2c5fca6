import { join } from '../../src/commands/join.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { verifyEmail } from '../../src/commands/verifyEmail.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const enquiry = { room: 'Shop', name: 'Eve', text: 'Open?', answer: 'Yes.', secret: 'only Eve knows' };

commandRules(join, {
  taken: async ({ group, person }) => [
    await person('ben'),
    { conversationId: await group(await person('ann'), { public: true }) },
  ],
  records: ['MemberJoined'],
  refused: {
    'nobody joins a private group, or learns that it is there': [
      'conversation-unknown',
      async ({ group, person }) => [await person('ben'), { conversationId: await group(await person('ann')) }],
    ],
    'a desk is joined by nobody who may see it': [
      'cannot-add-to-this-kind',
      async ({ core }) => {
        const email = 'desk@example.com';
        const { conversationId } = await makeEnquiry(core, meta(), { ...enquiry, email });
        const { userId } = await registerUser(core, meta(), { email });
        await verifyEmail(core, meta(), { userId, email });
        return [userId, { conversationId }];
      },
    ],
  },
});
