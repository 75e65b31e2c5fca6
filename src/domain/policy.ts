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

/** By kind of conversation: until somebody sets another one. */
export const firstPolicy = {
  group: { ...open, receipts: true },
  direct: { ...open, receipts: true },
  room: open,
  desk: open,
} as const satisfies Readonly<Record<string, Policy>>;
