import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { commandRules } from '../support/commandRules.ts';

let visitors = 0;

commandRules(makeEnquiry, {
  taken: async () => [
    null,
    { room: 'Shop', name: 'Eve', email: `eve${visitors++}@example.com`, text: 'Open?', answer: 'From nine.' },
  ],
  records: ['DeskOpened', 'MessageSent', 'MessageSent'],
  // Asked again, it is answered again, at the same desk.
  again: ['MessageSent', 'MessageSent'],
  refused: {},
});
