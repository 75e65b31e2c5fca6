import { bookmarkMessage } from '../../src/commands/bookmarkMessage.ts';
import { refusedOf, said } from '../support/aMessage.ts';
import { commandRules } from '../support/commandRules.ts';

const { unseen, gone } = refusedOf({});

// Ten thousand bookmarks are too many to set here: `test/domain/marking.test.ts` does.
commandRules(
  bookmarkMessage,
  {
    taken: async (world) => {
      const { ben, wish } = await said(world);
      return [ben, wish];
    },
    records: ['MessageBookmarked'],
    refused: { ...unseen, ...gone },
  },
  ['too-many-bookmarks'],
);
