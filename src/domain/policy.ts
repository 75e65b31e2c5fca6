// What members of a conversation may do, as its owners set it.

import type { ConversationFacts, ConversationKind } from './accessFacts.ts';
import type { Policy } from './events.ts';

const open: Policy = {
  write: 'members',
  invite: 'owners',
  pin: 'members',
  callAll: 'moderators',
  history: 'all',
  versions: 'everyone',
  editFor: null,
  removeFor: null,
  slowMode: 0,
  receipts: false,
};

/** Until somebody sets another one. */
export const firstPolicy: { readonly [K in ConversationKind]: Policy } = {
  group: { ...open, receipts: true },
  direct: { ...open, receipts: true },
  room: open,
  desk: open,
};

/** May everybody who reads it read all of it? Else members see only what was said since they joined. */
export const sharesHistory = ({ kind, public: isPublic, policy }: ConversationFacts): boolean =>
  kind !== 'group' || isPublic || policy.history === 'all';
