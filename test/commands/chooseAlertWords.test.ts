import { chooseAlertWords } from '../../src/commands/chooseAlertWords.ts';
import { commandRules } from '../support/commandRules.ts';

commandRules(
  chooseAlertWords,
  {
    taken: async ({ person }) => [await person('ann'), { words: ['deploy'] }],
    records: ['AlertWordsChosen'],
    refused: {
      'a word of which nothing is left is none': [
        'text-blank',
        async ({ person }) => [await person('ann'), { words: ['\u0301'] }],
      ],
    },
  },
  ['user-unknown'],
);
