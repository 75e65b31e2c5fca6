// What an action may ask for: the grounds of which one is enough, and the refusal without any.

import type { Thing } from '../accessFacts.ts';
import type { RefusalCode } from '../refused.ts';
import type { Ground } from './grounds.ts';

/** For each kind of thing, the grounds of which one is enough. A kind that is not named lets nobody pass. */
export type Condition = { readonly refusal: RefusalCode } & Partial<Record<Thing['kind'], readonly Ground[]>>;

const anybody = ['everybody'] as const;
const direct = ['member'] as const;
const desk = ['member', 'visitor', 'creator', 'staff'] as const;
/** Of a room. */
const keepers = ['creator', 'staff'] as const;

export const conditions = {
  'may-read': { refusal: 'conversation-unknown', group: ['public', 'member'], room: anybody, direct: ['member'], desk },
  'is-in': { refusal: 'not-a-member', group: ['member'], room: anybody, direct: ['member'], desk },
  'may-write': {
    refusal: 'read-only',
    group: ['members-write', 'moderator'],
    room: ['members-write', ...keepers],
    direct,
    desk,
  },
  'takes-part': { refusal: 'read-only', group: ['participant'], room: anybody, direct, desk },
  'may-pin': {
    refusal: 'read-only',
    group: ['members-pin', 'moderator'],
    room: ['members-pin', ...keepers],
    direct,
    desk,
  },
  'may-call-all': {
    refusal: 'not-a-moderator',
    group: ['members-call-all', 'moderator'],
    room: ['members-call-all', ...keepers],
  },
  /** Both ways: of whom they are shown, and to whom. */
  'may-share-receipts': {
    refusal: 'receipts-off',
    group: ['shares-receipts'],
    room: ['shares-receipts'],
    direct: ['shares-receipts'],
  },
  'may-invite': { refusal: 'not-an-owner', group: ['members-invite', 'moderators-invite', 'owner'] },
  'is-moderator': { refusal: 'not-a-moderator', group: ['moderator'], room: keepers },
  'can-be-joined': { refusal: 'cannot-add-to-this-kind', group: anybody, room: anybody, direct: anybody },
  'can-be-left': { refusal: 'cannot-leave-this-kind', group: anybody, room: anybody, desk },
  'has-owners': { refusal: 'cannot-add-to-this-kind', group: anybody },
  'is-member': { refusal: 'not-a-member', group: ['member'] },
  'is-owner': { refusal: 'not-an-owner', group: ['owner'] },
  'can-be-set': { refusal: 'cannot-set-for-this-kind', group: anybody, room: anybody },
  'may-describe': { refusal: 'not-an-owner', group: ['owner'], room: keepers },
  'may-know-of': {
    refusal: 'conversation-unknown',
    group: ['public', 'member', 'admin'],
    room: anybody,
    direct: ['member', 'admin'],
    desk,
  },
  'may-take-over': { refusal: 'not-permitted', group: ['admin'], room: ['admin'], direct: ['admin'], desk: ['admin'] },
  'is-desk': { refusal: 'conversation-unknown', desk: anybody },
  'may-enquire': { refusal: 'desk-blocked', desk: ['unblocked'] },
  'may-treat': { refusal: 'conversation-unknown', desk },
  'may-read-file': { refusal: 'file-unknown', file: ['creator', 'sent-to-reader', 'picture-for-reader'] },
  'may-send-file': { refusal: 'file-unknown', file: ['creator'] },
  'may-see-message': { refusal: 'conversation-unknown', message: ['reader-of-conversation', 'admin'] },
  /** Who may read nothing of the conversation does not learn more. Admins remove messages that they do not see. */
  'was-shown-message': { refusal: 'message-unknown', message: ['shown-to-reader', 'admin'] },
  /** Whoever edits a message is answered with it. */
  'reads-message': { refusal: 'message-unknown', message: ['shown-to-reader'] },
  'may-edit-message': { refusal: 'not-yours', message: ['creator'] },
  'may-remove-message': { refusal: 'not-yours', message: ['creator', 'moderator-of-conversation', 'admin'] },
  'may-erase-message': { refusal: 'not-yours', message: ['creator', 'admin'] },
  'may-see-versions': {
    refusal: 'not-yours',
    message: ['creator', 'shown-versions', 'moderates-versions', 'auditor'],
  },
  'may-see-removed': { refusal: 'message-removed', message: ['not-removed', 'auditor'] },
  'may-moderate-message': { refusal: 'too-late', message: ['moderator-of-conversation', 'admin'] },
  'has-removed-message': { refusal: 'not-yours', message: ['remover'] },
  'is-auditor': { refusal: 'not-permitted', server: ['auditor'] },
  'is-admin': { refusal: 'not-permitted', server: ['admin'] },
} as const satisfies Record<string, Condition>;
