// A message that commands about messages can be tried on.

import { giveRole } from '../../src/commands/giveRole.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import type { World } from './commandRules.ts';
import { meta } from './core.ts';
import { uuid } from './scenario.ts';

/** Ann says something in a group of hers and Ben's. */
export const said = async ({ core, group, person }: World, more: { readonly public?: boolean } = {}) => {
  const [ann, ben] = [await person('ann'), await person('ben')];
  const conversationId = await group(ann, { memberIds: [ben], ...more });
  const { messageId } = await sendMessage(core, meta(ann), { conversationId, text: 'one' });
  return { ann, ben, wish: { conversationId, messageId } };
};

/** Who wishes what. */
type Asked<More> = Promise<readonly [string, { conversationId: string; messageId: string } & More]>;

/** Wishes about a message that are refused, with `more` than the message in each. */
export const refusedOf = <More extends object>(more: More) =>
  ({
    unseen: {
      'a stranger does not learn that a private group is there': [
        'conversation-unknown',
        async (world: World): Asked<More> => [await world.person('cleo'), { ...(await said(world)).wish, ...more }],
      ],
      'there is no message of that id': [
        'message-unknown',
        async (world: World): Asked<More> => {
          const { ann, wish } = await said(world);
          return [ann, { ...wish, ...more, messageId: uuid(9) }];
        },
      ],
    },
    inactive: {
      'who only looks at a public group does not do it': [
        'not-a-member',
        async (world: World): Asked<More> => [
          await world.person('cleo'),
          { ...(await said(world, { public: true })).wish, ...more },
        ],
      ],
      'a member who only reads does not do it': [
        'read-only',
        async (world: World): Asked<More> => {
          const { ann, ben, wish } = await said(world);
          await giveRole(world.core, meta(ann), { conversationId: wish.conversationId, userId: ben, role: 'reader' });
          return [ben, { ...wish, ...more }];
        },
      ],
    },
    gone: {
      'a removed message is left alone': [
        'message-removed',
        async (world: World): Asked<More> => {
          const { ann, wish } = await said(world);
          await removeMessage(world.core, meta(ann), wish);
          return [ann, { ...wish, ...more }];
        },
      ],
    },
  }) as const;
