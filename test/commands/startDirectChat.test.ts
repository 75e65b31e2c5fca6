import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { commandRules } from '../support/commandRules.ts';

const nobody = '00000000-0000-4000-8000-000000000009';

commandRules(startDirectChat, {
  taken: async ({ person }) => [await person('ann'), { userId: await person('ben') }],
  records: ['DirectChatStarted'],
  refused: {
    'nobody talks to somebody who is not there': [
      'user-unknown',
      async ({ person }) => [await person('ann'), { userId: nobody }],
    ],
  },
});
