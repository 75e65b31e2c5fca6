// What members of a conversation may do, as its owners set it.

import type { ConversationKind } from './accessFacts.ts';
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
