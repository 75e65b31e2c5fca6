import { acceptDesks } from '../../src/commands/acceptDesks.ts';
import { commandRules } from '../support/commandRules.ts';

commandRules(
  acceptDesks,
  {
    taken: async ({ person }) => [await person('ann'), { accepted: false }],
    records: ['DesksRefused'],
    refused: {},
  },
  ['user-unknown'],
);
