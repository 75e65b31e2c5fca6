// From documents of the views to answers of the native API.

import type { z } from 'zod';
import { shownPicture } from '../domain/picture.ts';
import { beginning } from '../domain/texts.ts';
import type { User } from '../domain/user.ts';
import { displayName } from '../domain/userNames.ts';
import type { ErasureDoc } from '../projections/erasures.ts';
import type { FileDoc } from '../projections/files.ts';
import type { MessageDoc } from '../projections/messages.ts';
import type { Annotations, ThreadStanding, ThreadSummary } from '../projections/queries.ts';
import type { SessionDoc } from '../projections/sessions.ts';
import { rolesOf, type UserDoc } from '../projections/users.ts';
import {
  Account,
  BotToken,
  Erasure,
  File,
  FileRef,
  type Message,
  OpenSession,
  Profile,
  type Quoted,
  Thread,
  Version,
} from './answers.ts';
import { present } from './present.ts';

type ProfileDoc = Pick<
  UserDoc,
  'id' | 'number' | 'username' | 'firstName' | 'lastName' | 'displayName' | 'timeZone' | 'avatar' | 'deleted'
>;

/** The fields that an account shows otherwise than its document has them. */
const shownOf = (user: ProfileDoc) => ({
  displayName: displayName(user),
  timeZone: user.timeZone ?? null,
  avatar: shownPicture('users', user.id, user.avatar),
});

export const presentProfile = (user: ProfileDoc) => present(Profile, { ...user, ...shownOf(user) });

/** The profile of an account in the commands' state. */
export const presentUser = ({ userId: id, number, names, profile, displayName, timeZone, status }: User) =>
  presentProfile({
    id,
    number,
    username: names.username,
    ...profile,
    displayName,
    timeZone,
    deleted: status === 'deleted',
  });

export const presentAccount = (user: UserDoc) =>
  present(Account, {
    ...user,
    emailVerified: user.verifiedEmail !== null,
    ...shownOf(user),
    roles: [...rolesOf(user)],
  });

/** `currentId`: of the session that asks. */
export const presentSession = (session: SessionDoc, currentId: string | null) =>
  present(OpenSession, { ...session, lastUsedAt: session.refreshedAt, current: session.id === currentId });

export const presentToken = ({ id, name, scopes, openedAt: createdAt }: SessionDoc) =>
  present(BotToken, { id, name: name ?? '', scopes: [...scopes], createdAt });

export const presentFile = (file: FileDoc) => present(File, file);

const threadIn = ({ count, lastReply, participantIds, participantCount }: ThreadSummary) => ({
  count,
  lastAt: lastReply.at,
  lastBy: lastReply.senderId,
  participants: [...participantIds],
  participantCount,
});

const notAnnotated: Annotations = { reactions: [], pinnedAt: null };

/** `file`: the one that the message carries. `annotations`: as the reader sees them. `thread`: the one that it began. */
export const presentMessage = (
  message: MessageDoc,
  file: FileDoc | undefined,
  annotations: Annotations = notAnnotated,
  thread?: ThreadSummary,
): z.output<typeof Message> => {
  const { id, number, conversationId, seq, position, senderId, kind, text, at, answers, erased } = message;
  const { editedAt = null, removed, visitor, mentioned = [], call = null, replyTo, threadId = null } = message;
  const { reactions, pinnedAt } = removed || erased ? notAnnotated : annotations;
  // Each page has many of these: a copy of the document that is copied once more would take three times as long.
  return {
    id,
    number,
    conversationId,
    seq,
    position,
    senderId,
    kind,
    text,
    file: file ? present(FileRef, file) : null,
    at,
    editedAt,
    removedAt: removed?.at ?? null,
    removedBy: removed?.by ?? null,
    visitor: visitor && { name: visitor.name, email: visitor.email },
    answers,
    mentioned: erased ? [] : [...mentioned],
    call: erased ? null : call,
    erased,
    replyTo: replyTo ? { id: replyTo.messageId, seq: replyTo.seq } : null,
    threadId,
    thread: thread ? threadIn(thread) : null,
    reactions: reactions.map(({ emoji, count, mine }) => ({ emoji, count, mine })),
    pinnedAt,
  };
};

export const presentVersion = (version: z.output<typeof Version>) => present(Version, version);

/** Characters of a message that another one quotes. */
const QUOTED = 200;

/** `message`: without what was removed. */
export const presentQuoted = (message: MessageDoc): z.output<typeof Quoted> => {
  const { id, seq, senderId, kind, at, text, removed, erased } = message;
  return { id, seq, senderId, kind, at, text: beginning(text, QUOTED), removedAt: removed?.at ?? null, erased };
};

export const presentThread = (root: z.output<typeof Message>, { follows, readUpTo, unread }: ThreadStanding) =>
  present(Thread, { root, following: follows, readUpTo, unread: follows ? unread : null });

export const presentErasure = (erasure: ErasureDoc) => present(Erasure, erasure);
