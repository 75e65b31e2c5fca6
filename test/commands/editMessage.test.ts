import { editMessage } from '../../src/commands/editMessage.ts';
import { giveRole } from '../../src/commands/giveRole.ts';
import { leave } from '../../src/commands/leave.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import type { EventOf } from '../../src/domain/events.ts';
import { MAX_EDITS } from '../../src/domain/limits.ts';
import { saidMessages } from '../../src/domain/saidMessage.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta, plainMeta } from '../support/core.ts';
import { setPolicy } from '../support/policies.ts';
import { uuid } from '../support/scenario.ts';

/** Ann says something in a group of Ben's. */
const said = async ({ core, group, person }: World, isPublic = false) => {
  const [ann, ben] = [await person('ann'), await person('ben')];
  const conversationId = await group(ben, { memberIds: [ann], public: isPublic });
  const { messageId } = await sendMessage(core, meta(ann), { conversationId, text: 'one' });
  return { ann, ben, wish: { conversationId, messageId, text: 'two' } };
};

const editedOften = async ({ core }: World, { ann: senderId, wish }: Awaited<ReturnType<typeof said>>) => {
  const { conversationId, messageId } = wish;
  const edits = Array.from({ length: MAX_EDITS }, (_, i) => ({
    type: 'MessageEdited' as const,
    data: { conversationId, messageId, senderId, text: `text ${i}` } satisfies EventOf<'MessageEdited'>['data'],
  }));
  for (let from = 0; from < MAX_EDITS; from += 200)
    await core.ledger.transact(saidMessages, `${conversationId}-${messageId}`, plainMeta(senderId), () =>
      edits.slice(from, from + 200),
    );
};

commandRules(editMessage, {
  taken: async (world) => {
    const { ann, wish } = await said(world);
    return [ann, wish];
  },
  records: ['MessageEdited'],
  refused: {
    'a stranger does not learn that a private group is there': [
      'conversation-unknown',
      async (world) => [await world.person('cleo'), (await said(world)).wish],
    ],
    'nobody else edits what a member said, not even an owner': [
      'not-yours',
      async (world) => {
        const { ben, wish } = await said(world);
        return [ben, wish];
      },
    ],
    'there is no message of that id': [
      'message-unknown',
      async (world) => {
        const { ann, wish } = await said(world);
        return [ann, { ...wish, messageId: uuid(9) }];
      },
    ],
    'a removed message says nothing': [
      'message-removed',
      async (world) => {
        const { ann, wish } = await said(world);
        const { text: _, ...message } = wish;
        await removeMessage(world.core, meta(ann), message);
        return [ann, wish];
      },
    ],
    'without a file it needs a text': [
      'message-empty',
      async (world) => {
        const { ann, wish } = await said(world);
        return [ann, { ...wish, text: ' ' }];
      },
    ],
    'whoever has left a public group only reads': [
      'not-a-member',
      async (world) => {
        const { ann, wish } = await said(world, true);
        await leave(world.core, meta(ann), { conversationId: wish.conversationId });
        return [ann, wish];
      },
    ],
    'a member who only reads edits nothing': [
      'read-only',
      async (world) => {
        const { ann, ben, wish } = await said(world);
        const { conversationId } = wish;
        await giveRole(world.core, meta(ben), { conversationId, userId: ann, role: 'reader' });
        return [ann, wish];
      },
    ],
    'the time of the policy is over': [
      'too-late',
      async (world) => {
        const { ann, wish } = await said(world);
        await setPolicy(world.core, wish.conversationId, { editFor: 0 });
        world.pass(1);
        return [ann, wish];
      },
    ],
    'it was edited as often as a message may be': [
      'edited-too-often',
      async (world) => {
        const known = await said(world);
        await editedOften(world, known);
        return [known.ann, known.wish];
      },
    ],
  },
});
