// The catalogue of events as one JSON Schema, for people and programs that read the log without this program.

import { z } from 'zod';
import { type EventType, LOG_FORMAT, schemas } from './events.ts';
import { privateFieldsOf } from './privateParts.ts';
import { streams, THE_LOG, THE_SEALS } from './streams.ts';
import { earlier, versionOf } from './versions.ts';

const user = [streams.user('<userId>')];
const session = [streams.session('<sessionId>')];
const invitation = [streams.invitation('<invitationId>')];
const conversation = [streams.conversation('<conversationId>')];
const message = [streams.message('<conversationId>-<messageId>')];
const thread = [streams.thread('<conversationId>-<threadId>-<userId>')];
const bookmarks = [streams.bookmarks('<userId>')];
const erasure = [streams.erasure('<targetId>')];
const file = [streams.file('<fileId>')];
const security = [streams.security('<userId>')];

/** Where events of each type lie. */
export const streamsOf: { readonly [T in EventType]: readonly string[] } = {
  LogBegun: [THE_LOG],
  LogCopied: [THE_LOG],
  LogRestored: [THE_LOG],
  LogAccepted: [THE_SEALS],
  LogSealed: [THE_SEALS],
  SealKeyAdded: [THE_SEALS],
  UserRegistered: user,
  ProfileChanged: user,
  EmailChanged: user,
  EmailVerified: user,
  DisplayNameChanged: user,
  TimeZoneChanged: user,
  AlertWordsChosen: user,
  ReceiptsWithheld: user,
  ReceiptsShown: user,
  DesksRefused: user,
  DesksAccepted: user,
  UsernameChanged: user,
  PhoneChanged: user,
  PasswordChanged: user,
  PasswordRehashed: user,
  RoleGranted: user,
  RoleRevoked: user,
  OutsideRankChanged: user,
  OutsideTokenFollowed: user,
  KeyIssued: user,
  KeyRevoked: user,
  OutsideSignInsEnded: user,
  LoggedIn: user,
  NameForfeited: [...user, ...conversation],
  SessionsEnded: user,
  UserSuspended: user,
  UserReinstated: user,
  UserDeleted: user,
  PersonErased: user,
  SessionOpened: session,
  SessionRefreshed: session,
  SessionClosed: session,
  InvitationMade: invitation,
  InvitationUsed: invitation,
  InvitationWithdrawn: invitation,
  TicketUsed: [streams.ticket('<ticketId>')],
  NameClaimed: [streams.claim('<kind>-<hash>')],
  NumbersReserved: [streams.numbers('<kind>')],
  GroupCreated: conversation,
  RoomOpened: conversation,
  DirectChatStarted: conversation,
  DeskOpened: conversation,
  VisitorErased: conversation,
  DeskMuted: conversation,
  DeskLeft: conversation,
  DeskBlocked: conversation,
  DeskReopened: conversation,
  SlugGiven: conversation,
  ConversationDescribed: conversation,
  MemberAdded: conversation,
  MemberJoined: conversation,
  MemberLeft: conversation,
  MemberRemoved: conversation,
  OwnershipPassed: conversation,
  OwnerAppointed: conversation,
  OwnerDismissed: conversation,
  GroupTakenOver: conversation,
  RoleGiven: conversation,
  PolicySet: conversation,
  MessageSent: [streams.messages('<conversationId>')],
  MessageEdited: message,
  MessageRemoved: message,
  MessageRestored: message,
  MessageErased: message,
  ReactionAdded: message,
  ReactionTakenBack: message,
  MessagePinned: message,
  MessageUnpinned: message,
  ThreadFollowed: thread,
  ThreadUnfollowed: thread,
  ThreadRead: thread,
  MessageBookmarked: bookmarks,
  BookmarkRemoved: bookmarks,
  MessagesRead: [streams.reads('<conversationId>-<userId>')],
  FileStored: file,
  FileUsed: file,
  FileDiscarded: file,
  FileErased: file,
  ErasureRequested: erasure,
  ErasureWithdrawn: erasure,
  ErasureStarted: erasure,
  ErasureCertified: erasure,
  SignInsFailed: security,
  RequestsRefused: security,
  ResetLinkMade: security,
  LogRead: [streams.audit('<readerId>')],
};

/** The name of a version in the catalogue. */
export const definitionOf = (type: EventType, version: number): string => `${type}.${version}`;

/** The data of one version of a type, with its private part open. */
const versionSchema = (type: EventType, version: number) => {
  const { $schema: _, ...data } = z.toJSONSchema(earlier[type]?.[version - 1]?.schema ?? schemas[type]);
  const about = { 'x-type': type, 'x-version': version, 'x-streams': streamsOf[type] };
  return { ...data, ...about, 'x-private': privateFieldsOf(type) };
};

/**
 * `$defs` has the data of every version of every type as `<type>.<version>`. `x-private`: the fields that lie encrypted in
 * `secret`; `x-streams`: where such events lie.
 */
export const eventCatalogue = () => {
  const types = Object.keys(schemas) as EventType[];
  const names = types.flatMap((type) =>
    Array.from({ length: versionOf(type) }, (_, i) => [definitionOf(type, i + 1), versionSchema(type, i + 1)] as const),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Data of the events of Verbatim',
    'x-format': LOG_FORMAT,
    anyOf: names.map(([name]) => ({ $ref: `#/$defs/${name}` })),
    $defs: Object.fromEntries(names),
  };
};
