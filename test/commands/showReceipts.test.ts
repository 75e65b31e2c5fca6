import { showReceipts } from '../../src/commands/showReceipts.ts';
import { commandRules } from '../support/commandRules.ts';

commandRules(
  showReceipts,
  {
    taken: async ({ person }) => [await person('ann'), { shown: false }],
    records: ['ReceiptsWithheld'],
    refused: {},
  },
  ['user-unknown'],
);
