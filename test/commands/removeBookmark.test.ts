import { bookmarkMessage } from '../../src/commands/bookmarkMessage.ts';
import { removeBookmark } from '../../src/commands/removeBookmark.ts';
import { removeMember } from '../../src/commands/removeMember.ts';
import { said } from '../support/aMessage.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

commandRules(removeBookmark, {
  // He is no longer a member, and may not read the message.
  taken: async (world) => {
    const { ann, ben, wish } = await said(world);
    await bookmarkMessage(world.core, meta(ben), wish);
    await removeMember(world.core, meta(ann), { conversationId: wish.conversationId, userId: ben });
    return [ben, wish];
  },
  records: ['BookmarkRemoved'],
  refused: {},
});
