// What members of a conversation may do, as its owners set it.

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

/** Until somebody sets another one. By kind of conversation. */
export const firstPolicy = {
  group: { ...open, receipts: true },
  direct: { ...open, receipts: true },
  room: open,
  desk: open,
} as const;
