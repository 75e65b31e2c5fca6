// From documents of conversations and their members to answers of the native API.

import type { z } from 'zod';
import type { Attitude } from '../domain/attitude.ts';
import { shownPicture } from '../domain/picture.ts';
import type { ConversationDoc } from '../projections/conversations.ts';
import type { MembershipDoc } from '../projections/memberships.ts';
import type { Reading } from '../projections/queries.ts';
import type { UserDoc } from '../projections/users.ts';
import { Conversation, type LastMessage, Member } from './answers.ts';
import { present } from './present.ts';
import { presentProfile } from './presenters.ts';

/** A conversation with the beginning of its last message. */
export type PreviewedConversation = Omit<ConversationDoc, 'lastMessage'> & {
  readonly lastMessage: z.output<typeof LastMessage> | null;
};

/** `membership`, `attitude`, `reading`: the reader's. */
export const presentConversation = (
  doc: PreviewedConversation,
  {
    membership,
    attitude,
    reading,
  }: {
    membership: Pick<MembershipDoc, 'role'> | undefined;
    attitude?: Attitude | undefined;
    reading: Reading | undefined;
  },
) =>
  present(Conversation, {
    ...doc,
    picture: shownPicture('conversations', doc.id, doc.picture),
    userIds: [...doc.userIds],
    visitor: doc.visitorName === null ? null : { name: doc.visitorName, email: doc.visitorEmail ?? '' },
    role: membership?.role ?? null,
    muted: attitude === 'muted',
    readUpTo: reading?.readUpTo ?? 0,
    unread: reading?.unread ?? 0,
    mentions: reading?.mentions ?? 0,
  });

export const presentMember = ({ role, joinedAt }: Pick<MembershipDoc, 'role' | 'joinedAt'>, user: UserDoc) =>
  present(Member, { user: presentProfile(user), role, joinedAt });
