// Who may do what. Decisions, queries, pushes, files and routes ask only here.

import {
  type Account,
  type ConversationFacts,
  type Reader,
  readerOf,
  type Standing,
  type Thing,
  unknownConversation,
} from './accessFacts.ts';
import type { Policy, Role } from './events.ts';
import { memberRoles } from './members.ts';
import { canonical } from './names.ts';
import { type RefusalCode, Refused } from './refused.ts';

type Holds = (reader: Reader, thing: Thing) => boolean;

/** An admin may do what any role may. */
const hasRole =
  (role: Role): Holds =>
  ({ roles }) =>
    roles.includes(role) || roles.includes('admin');

const isMember = (standing: Standing): boolean => (memberRoles as readonly Standing[]).includes(standing);

/** The conversation lets all do it who take part in it. */
const byPolicy =
  (who: (policy: Policy) => string): Holds =>
  (_, thing) =>
    'policy' in thing && who(thing.policy) === 'members';

/** Reasons to let somebody do something. */
const grounds = {
  everybody: () => true,
  member: ({ standing }) => isMember(standing),
  /** A member who is no reader only. */
  participant: ({ standing }) => isMember(standing) && standing !== 'reader',
  moderator: ({ standing }) => standing === 'moderator' || standing === 'owner',
  owner: ({ standing }) => standing === 'owner',
  'members-write': byPolicy(({ write }) => write),
  'members-pin': byPolicy(({ pin }) => pin),
  'members-call-all': byPolicy(({ callAll }) => callAll),
  'members-invite': byPolicy(({ invite }) => invite),
  'shares-receipts': ({ showsReceipts }, thing) => showsReceipts && 'policy' in thing && thing.policy.receipts,
  'moderators-invite': ({ standing }, thing) =>
    standing === 'moderator' && 'policy' in thing && thing.policy.invite !== 'owners',
  public: (_, thing) => thing.kind === 'group' && thing.public,
  creator: ({ userId }, thing) => thing.kind !== 'server' && userId !== null && thing.createdBy === userId,
  // An address that was erased is empty: two of these are not the same.
  visitor: ({ verifiedEmail, acceptsDesks }, thing) =>
    thing.kind === 'desk' &&
    acceptsDesks &&
    !!verifiedEmail &&
    !!thing.visitorEmail &&
    canonical('email', verifiedEmail) === canonical('email', thing.visitorEmail),
  unblocked: ({ standing }) => standing !== 'blocked',
  'sent-to-reader': (_, thing) => thing.kind === 'file' && thing.isSent,
  'picture-for-reader': (_, thing) => thing.kind === 'file' && thing.isPicture,
  'reader-of-conversation': (_, thing) => thing.kind === 'message' && thing.isReadable,
  'shown-to-reader': (_, thing) => thing.kind === 'message' && thing.isShown,
  'moderator-of-conversation': (_, thing) => thing.kind === 'message' && thing.isModerated,
  'shown-versions': (_, thing) => thing.kind === 'message' && thing.isReadable && thing.versions === 'everyone',
  remover: ({ userId }, thing) => thing.kind === 'message' && userId !== null && thing.removedBy === userId,
  'not-removed': (_, thing) => thing.kind === 'message' && thing.removedBy === null,
  'moderates-versions': (_, thing) => thing.kind === 'message' && thing.isModerated && thing.versions !== 'auditors',
  staff: hasRole('staff'),
  auditor: hasRole('auditor'),
  admin: hasRole('admin'),
} satisfies Record<string, Holds>;

export type Ground = keyof typeof grounds;
export const allGrounds = Object.keys(grounds) as readonly Ground[];

export const holds = (ground: Ground, reader: Reader, thing: Thing): boolean =>
  !reader.deleted && reader.standing !== 'away' && grounds[ground](reader, thing);

/** For each kind of thing, the grounds of which one is enough. A kind that is not named lets nobody pass. */
type Condition = { readonly refusal: RefusalCode } & Partial<Record<Thing['kind'], readonly Ground[]>>;

const anybody = ['everybody'] as const;
const direct = ['member'] as const;
const desk = ['member', 'visitor', 'creator', 'staff'] as const;
/** Of a room. */
const keepers = ['creator', 'staff'] as const;

const conditions = {
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

/** Each action, and the conditions that it must meet, in the order in which they are asked. */
const rules = {
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

export interface Explanation {
  /** Undefined: the action is allowed. */
  readonly refusal: RefusalCode | undefined;
  /** The condition that decided: the first that is not met, else the last. */
  readonly rule: keyof typeof conditions;
  /** Allowed: the grounds that met the conditions. Refused: the grounds of which one would have been enough. */
  readonly grounds: readonly Ground[];
}

export const explain = (reader: Reader, action: Action, thing: Thing): Explanation => {
  const met: Ground[] = [];
  for (const rule of rules[action]) {
    const { refusal, [thing.kind]: enough = [] }: Condition = conditions[rule];
    const ground = enough.find((one) => holds(one, reader, thing));
    if (ground === undefined) return { refusal, rule, grounds: enough };
    met.push(ground);
  }
  return { refusal: undefined, rule: rules[action].at(-1)!, grounds: met };
};

export const may = (reader: Reader, action: Action, thing: Thing): boolean =>
  explain(reader, action, thing).refusal === undefined;

/** `field`: the input that the refusal names. @throws Refused */
export const check = (reader: Reader, action: Action, thing: Thing, field?: string): void => {
  const { refusal } = explain(reader, action, thing);
  if (refusal !== undefined) throw new Refused(refusal, field);
};

/**
 * The `seq` after which the messages of a conversation are shown to somebody who may read it; 0: all of them are. `upTo`: how
 * many messages were there when the reader became a member; undefined: the reader is none. Auditors read the log itself.
 */
export const seesAfter = (
  { kind, public: isPublic, policy: { history } }: ConversationFacts,
  upTo: number | undefined,
): number => (kind === 'group' && !isPublic && history === 'since-joining' ? (upTo ?? Number.MAX_SAFE_INTEGER) : 0);

/** May the account read the desks of all visitors? Otherwise it reads only those of its verified e-mail address. */
export const readsEveryDesk = (account: Account): boolean =>
  may(readerOf(account), 'read', { ...unknownConversation, kind: 'desk' });

/** Is the account the visitor of the desk, and not one that answers there? */
export const asksAt = (account: Account, desk: ConversationFacts): boolean =>
  (['visitor', 'creator'] as const).some((ground) => holds(ground, readerOf(account), desk));
