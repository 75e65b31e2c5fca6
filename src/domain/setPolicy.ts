// Setting what members of a conversation may do. `policy.ts` has what they may until then.

import type { ConversationFacts } from './accessFacts.ts';
import type { Conversation } from './conversation.ts';
import { permitted } from './conversationAccess.ts';
import type { Events, Policy } from './events.ts';
import { Refused } from './refused.ts';
import type { User } from './user.ts';

type Field = keyof Policy;

/** Everybody is in a room, and everybody may read a public group: nobody joins to see more, or is shown who has read. */
const forMembersAlone: ReadonlySet<Field> = new Set<Field>(['invite', 'history', 'receipts']);

const has = ({ kind, public: isPublic }: ConversationFacts, field: Field): boolean => {
  if (field === 'history') return kind === 'group' && !isPublic;
  return kind === 'group' || !forMembersAlone.has(field);
};

/** `changes`: any part of the policy; the rest stays as it is. */
export const setPolicy = (
  state: Conversation,
  by: User,
  changes: { readonly [F in Field]?: Policy[F] | undefined },
): Events => {
  const { conversationId, policy } = permitted(state, by, 'setPolicy');
  const named = Object.entries(changes).filter(([, value]) => value !== undefined);
  const missing = named.find(([field]) => !has(state, field as Field));
  if (missing) throw new Refused('cannot-set-for-this-kind', missing[0]);
  if (named.every(([field, value]) => policy[field as Field] === value)) return [];
  const data = { conversationId, policy: { ...policy, ...Object.fromEntries(named) }, setBy: by.userId };
  return [{ type: 'PolicySet', data }];
};
