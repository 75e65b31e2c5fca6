// The fields of a policy, with what the documents say of them.

import { z } from 'zod';
import { type Policy, policy } from '../domain/events.ts';
import { firstPolicy } from '../domain/policy.ts';

const YEAR = 365 * 24 * 60 * 60;
const window = z
  .int()
  .nonnegative()
  .max(10 * YEAR)
  .nullable();
const { write, invite, pin, callAll, history, versions, receipts } = policy.shape;

/** By kind of conversation, what it is until somebody sets something else. */
const atFirst = (field: keyof Policy): string => {
  const byValue = Map.groupBy(Object.entries(firstPolicy), ([, kind]) => String(kind[field]));
  if (byValue.size === 1) return `At first: \`${[...byValue.keys()][0]}\`.`;
  const said = [...byValue].map(([value, kinds]) => `\`${value}\` (${kinds.map(([kind]) => kind).join(', ')})`);
  return `At first: ${said.join(', ')}.`;
};

/** What members of a conversation may do. */
export const policyFields = {
  write: write.describe(
    'Who may write, beside moderators: send messages, answer in threads, edit their own. Others still react, and remove what they ' +
      `sent. ${atFirst('write')}`,
  ),
  invite: invite.describe(`Of a group: who may add members, beside owners. ${atFirst('invite')}`),
  pin: pin.describe(`Who may pin messages, beside moderators. ${atFirst('pin')}`),
  callAll: callAll.describe(
    'Who may call everybody with `@everyone` and `@here`, beside moderators. Of anybody else these are plain text, and the ' +
      `message is sent all the same; so they always are in direct chats and desks. ${atFirst('callAll')}`,
  ),
  history: history.describe(
    'Of a private group: which messages members see. `since-joining`: not those that were there when they joined. ' +
      atFirst('history'),
  ),
  versions: versions.describe(`Who may see the earlier texts of a message, beside its sender. ${atFirst('versions')}`),
  editFor: window.describe(`Seconds for which a message may be edited; null: for ever. ${atFirst('editFor')}`),
  removeFor: window.describe(
    `Seconds for which a message may be removed, and brought back; null: for ever. ${atFirst('removeFor')}`,
  ),
  slowMode: z
    .int()
    .nonnegative()
    .max(6 * 60 * 60)
    .describe(`Seconds between two messages of one member, moderators aside; 0: none. ${atFirst('slowMode')}`),
  receipts: receipts.describe(`Of a group: members see how far others have read. ${atFirst('receipts')}`),
};
