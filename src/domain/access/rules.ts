// The actions, and what each asks for.

import type { conditions } from './conditions.ts';

/** Each action, and the conditions that it must meet, in the order in which they are asked. */
export const rules = {
  read: ['may-read'],
  /** Its messages as they come: those of a public group only as a member. */
  receive: ['may-read', 'is-in'],
  write: ['may-read', 'is-in', 'takes-part', 'may-write'],
  react: ['may-read', 'is-in', 'takes-part'],
  pin: ['may-read', 'is-in', 'takes-part', 'may-pin'],
  /** Calls everybody in it at once. */
  callAll: ['may-read', 'is-in', 'takes-part', 'may-write', 'may-call-all'],
  moderate: ['may-read', 'is-moderator'],
  markRead: ['may-read'],
  /** Sees how far others have read, and shows them the same. */
  shareReceipts: ['may-read', 'is-in', 'may-share-receipts'],
  join: ['may-read', 'can-be-joined'],
  leave: ['may-read', 'can-be-left'],
  addMember: ['may-read', 'has-owners', 'is-member', 'takes-part', 'may-invite'],
  removeMember: ['may-read', 'has-owners', 'is-member', 'is-moderator'],
  giveRole: ['may-read', 'has-owners', 'is-member', 'is-owner'],
  appointOwner: ['may-read', 'has-owners', 'is-member', 'is-owner'],
  dismissOwner: ['may-read', 'has-owners', 'is-member', 'is-owner'],
  /** Of a group that the admin need not be in. */
  takeOver: ['may-know-of', 'may-take-over', 'has-owners'],
  describe: ['may-read', 'can-be-set', 'may-describe'],
  setPolicy: ['may-read', 'can-be-set', 'may-describe'],
  enquire: ['is-desk', 'may-enquire'],
  /** Asked without a standing: who has left a desk may return. */
  treatDesk: ['may-treat'],
  readFile: ['may-read-file'],
  sendFile: ['may-send-file'],
  seeMessage: ['may-see-message', 'was-shown-message'],
  editMessage: ['may-see-message', 'reads-message', 'may-edit-message'],
  removeMessage: ['may-see-message', 'was-shown-message', 'may-remove-message'],
  /** Also after the time that its sender has for it. */
  removeMessageLate: ['may-see-message', 'was-shown-message', 'may-remove-message', 'may-moderate-message'],
  restoreMessage: ['may-see-message', 'was-shown-message', 'may-remove-message', 'has-removed-message'],
  eraseMessage: ['may-see-message', 'was-shown-message', 'may-erase-message'],
  seeVersions: ['may-see-message', 'was-shown-message', 'may-see-versions', 'may-see-removed'],
  audit: ['is-auditor'],
  appoint: ['is-admin'],
  suspend: ['is-admin'],
  invite: ['is-admin'],
  rebuild: ['is-admin'],
} as const satisfies Record<string, readonly (keyof typeof conditions)[]>;

export type Action = keyof typeof rules;

/** Actions whose rules need only the account, and the conversation or the server. */
export const explainable = {
  conversation: [
    'read',
    'receive',
    'write',
    'react',
    'pin',
    'callAll',
    'moderate',
    'markRead',
    'shareReceipts',
    'join',
    'leave',
    'addMember',
    'removeMember',
    'giveRole',
    'appointOwner',
    'dismissOwner',
    'takeOver',
    'describe',
    'setPolicy',
    'enquire',
  ],
  server: ['audit', 'appoint', 'suspend', 'invite'],
} as const satisfies Record<string, readonly Action[]>;
