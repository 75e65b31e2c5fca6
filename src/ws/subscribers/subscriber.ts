// Subscribers, the principals behind them, and what an event means to them.

import type { Account } from '../../domain/accessFacts.ts';
import { folded } from '../../domain/alertWords.ts';
import { type Attitude, attitudeIn } from '../../domain/attitude.ts';
import type { Event, Role } from '../../domain/events.ts';
import { rolesAfter } from '../../domain/user.ts';
import type { Recorded } from '../../store/ports.ts';
import type { Protocol, Sink } from '../protocol.ts';
import type { SignIn } from './signIn.ts';

/** The account or visitor behind sockets, shared by all its sockets. */
export interface Principal extends Account {
  verifiedEmail: string | null;
  acceptsDesks: boolean;
  showsReceipts: boolean;
  roles: readonly Role[];
  /** Groups and direct chats, with the position where the membership began, which may be ahead of the fan-out. */
  readonly memberships: Map<string, number>;
  /** By conversation: how the account treats a desk, if not as an open one. */
  readonly attitudes: Map<string, Attitude>;
  subscribers: readonly Subscriber[];
  /** Folded, with their spelling. Undefined: none. */
  alertWords: ReadonlyMap<string, string> | undefined;
  /** The position of the newest event that one of its live sockets received. */
  received: number;
  /** Rejects if the rights and memberships cannot be read. */
  loading: Promise<void> | undefined;
  /** Events that came while the principal is loaded from the views; undefined: it is loaded. */
  pending: Event[] | undefined;
}

/** The names that a subscriber waits for together: one slug, or two usernames. */
export interface Awaited {
  readonly keys: readonly string[];
  /** By the key of a username: the account that took it last. */
  readonly owners: Map<string, string>;
}

export interface Subscriber extends SignIn {
  readonly protocol: Protocol;
  readonly sink: Sink;
  readonly principal: Principal;
  /** Whether it receives the conversations of its user's memberships. */
  readonly byMembership: boolean;
  /** Takes the place of the sign-in once it is checked. */
  renewal: SignIn | undefined;
  state: 'silent' | 'catching-up' | 'live' | 'gone';
  /** It has received everything up to here and, while it is live, up to the fan-out's position. */
  cursor: number;
  /** Conversations that it receives beside those of its memberships, while its user may read them. */
  watches: Set<string> | undefined;
  /** The names whose conversations it watches, once there are any. */
  awaits: readonly Awaited[] | undefined;
}

export const newPrincipal = (account: Account): Principal => ({
  ...account,
  memberships: new Map(),
  attitudes: new Map(),
  subscribers: [],
  alertWords: undefined,
  received: 0,
  loading: undefined,
  pending: account.userId === null ? undefined : [],
});

/** By what they are looked for. Undefined: there are none. */
export const byFold = (words: readonly string[]): ReadonlyMap<string, string> | undefined =>
  words.length === 0 ? undefined : new Map(words.map((word) => [folded(word), word]));

/** Whose memberships or rights the event changes. */
export const affectedUsers = (event: Event): readonly string[] => {
  switch (event.type) {
    case 'GroupCreated':
      return [event.data.ownerId];
    case 'DirectChatStarted':
      return event.data.userIds;
    case 'MemberAdded':
    case 'MemberJoined':
    case 'MemberLeft':
    case 'MemberRemoved':
    case 'DeskMuted':
    case 'DeskLeft':
    case 'DeskBlocked':
    case 'DeskReopened':
    case 'DesksRefused':
    case 'DesksAccepted':
    case 'ReceiptsWithheld':
    case 'ReceiptsShown':
    case 'AlertWordsChosen':
    case 'EmailChanged':
    case 'EmailVerified':
    case 'RoleGranted':
    case 'RoleRevoked':
      return [event.data.userId];
    default:
      return [];
  }
};

/** Applies the event to the memberships and rights of an affected user. */
export const applyTo = (principal: Principal, event: Event): void => {
  switch (event.type) {
    case 'GroupCreated':
    case 'DirectChatStarted':
    case 'MemberAdded':
    case 'MemberJoined':
      principal.memberships.set(event.data.conversationId, event.position);
      break;
    case 'MemberLeft':
    case 'MemberRemoved':
      principal.memberships.delete(event.data.conversationId);
      break;
    case 'DeskMuted':
    case 'DeskLeft':
    case 'DeskBlocked':
    case 'DeskReopened':
      principal.attitudes.set(event.data.conversationId, attitudeIn(event)!);
      break;
    case 'DesksRefused':
    case 'DesksAccepted':
      principal.acceptsDesks = event.type === 'DesksAccepted';
      break;
    case 'ReceiptsWithheld':
    case 'ReceiptsShown':
      principal.showsReceipts = event.type === 'ReceiptsShown';
      break;
    case 'AlertWordsChosen':
      principal.alertWords = byFold(event.data.words);
      break;
    case 'EmailChanged':
      principal.verifiedEmail = null;
      break;
    case 'EmailVerified':
      principal.verifiedEmail = event.data.email;
      break;
    case 'RoleGranted':
    case 'RoleRevoked':
      principal.roles = rolesAfter(principal.roles, event);
      break;
    default:
  }
};

/** Does a member leave the conversation? The member still receives the event. */
export const isDeparture = ({ type }: Pick<Event, 'type'>): boolean =>
  type === 'MemberLeft' || type === 'MemberRemoved';

export const changesMembership = (event: Pick<Event, 'type'>): boolean =>
  isDeparture(event) || ['GroupCreated', 'DirectChatStarted', 'MemberAdded', 'MemberJoined'].includes(event.type);

/** Does it tell an account's own devices what the account did on one of them? Others are told of some readings alone. */
export const isOwn = ({ type }: Pick<Recorded, 'type'>): boolean =>
  ['MessagesRead', 'MessageBookmarked', 'BookmarkRemoved', 'ThreadRead', 'ThreadFollowed', 'ThreadUnfollowed'].includes(
    type,
  );

/** What changes how an account looks, whatever it changes. */
const looks: ReadonlySet<string> = new Set(['UsernameChanged', 'DisplayNameChanged', 'TimeZoneChanged', 'UserDeleted']);

/** Is it outside conversations, and may somebody be told of it? */
export const isPersonal = ({ type }: Pick<Recorded, 'type'>): boolean =>
  isOwn({ type }) || looks.has(type) || ['ProfileChanged', 'PersonErased', 'FileErased'].includes(type);

/** Does a personal event change how the account looks to others? They see no postal address and no national code. */
export const changesLooks = (event: Event): boolean =>
  event.type === 'ProfileChanged'
    ? ['firstName', 'lastName', 'avatar'].some((field) => field in event.data.changes)
    : looks.has(event.type);
