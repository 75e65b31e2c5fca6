// Reasons to let somebody do something.

import type { Reader, Standing, Thing } from '../accessFacts.ts';
import type { Policy, Role } from '../events.ts';
import { memberRoles } from '../members.ts';
import { canonical } from '../names.ts';

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
