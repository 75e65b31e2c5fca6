// How the core's documents look in the answers of this API.

import type { ConversationDoc } from '../../projections/conversations.ts';
import type { UserDoc } from '../../projections/users.ts';
import { timestamp } from '../django/timestamps.ts';
import type { Detailed } from '../shared/find.ts';
import type { Addresses, ReaderAddresses } from '../shared/media.ts';
import { conversationName, type Named } from '../shared/names.ts';
import { isSlug } from './forms.ts';
import { profileId } from './identities.ts';
import { fileUrl, pictureUrl } from './media.ts';

/** Shown for a user without any name. */
const NAMELESS = 'کاربر';

/**
 * First and last name as others see them. Clients rely on one of them. They never hold the e-mail address. Who chose to be called
 * otherwise has that as the first name.
 */
const namesOf = (user: Named | undefined): readonly [first: string, last: string] => {
  if (user === undefined) return [NAMELESS, ''];
  if (user.displayName) return [user.displayName, ''];
  return [user.firstName || (user.lastName === '' ? (user.username ?? NAMELESS) : ''), user.lastName];
};

/** `between`: what stands between first and last name, which differs within this API. */
export const fullNameOf = (user: Named | undefined, between = ' '): string =>
  namesOf(user)
    .filter((part) => part !== '')
    .join(between);

export const isSuperuser = ({ isAdmin, outsideSuperuser }: UserDoc): boolean => isAdmin || outsideSuperuser;

/** Each reader sees its own rank alone. */
const shownRank = (user: UserDoc, { user: reader }: ReaderAddresses): boolean =>
  user.id === reader.userId && isSuperuser(user);

const quoted = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** A picture as an image field of the original shows it: it puts its own base before an address of another server. */
const mediaPicture = (user: UserDoc, at: Addresses): string | null => {
  const picture = pictureUrl(user, at);
  if (!picture || !/^https?:\/\//.test(picture)) return picture;
  return at.local(`/cht/media/${quoted(picture.replace('://', ':/'))}`);
};

export const presentProfile = (user: UserDoc, at: ReaderAddresses) => ({
  id: profileId(user.id),
  user: user.id,
  first_name: namesOf(user)[0],
  last_name: namesOf(user)[1],
  avatar: mediaPicture(user, at),
  is_superuser: shownRank(user, at),
});

/** As the document shows somebody under `all_users`. Their groups are beside it where the answer is about people alone. */
export const presentRanked = (user: UserDoc, at: ReaderAddresses) => ({
  id: profileId(user.id),
  firstname: namesOf(user)[0],
  lastname: namesOf(user)[1],
  avatar: pictureUrl(user, at),
  is_superuser: shownRank(user, at),
});

export const presentMember = (user: UserDoc, at: ReaderAddresses) => {
  const { avatar: _, ...member } = presentRanked(user, at);
  return { ...member, avatar: mediaPicture(user, at) };
};

export const presentPerson = (user: UserDoc, groups: readonly GroupRef[], at: ReaderAddresses) => ({
  ...presentRanked(user, at),
  groups,
});

/** The document demands a `nationalcode`: each reader sees its own alone. */
export const presentAdded = (user: UserDoc, at: ReaderAddresses) => ({
  id: user.id,
  nationalcode: user.id === at.user.userId ? user.nationalCode : '',
  first_name_fa: namesOf(user)[0],
  last_name_fa: namesOf(user)[1],
  usr_avatar: pictureUrl(user, at),
});

/** `slug`, which opens the group in a path, is its id if it has no slug that a path can hold. */
export const presentGroupRef = (group: ConversationDoc) => ({
  id: group.id,
  name: conversationName(group),
  slug: group.slug !== null && isSlug(group.slug) ? group.slug : group.id,
  type: group.public ? 'public' : 'private',
});
export type GroupRef = ReturnType<typeof presentGroupRef>;

export const presentGroup = (group: ConversationDoc, createdBy: string) => {
  const { type, ...named } = presentGroupRef(group);
  return { ...named, created_by: createdBy, type, members_count: group.memberCount };
};

/** `name`: opens the chat. `people`: accounts by id, with the two users of the chat, of whom `readerId` is one. */
export const presentPrivateChat = (
  chat: ConversationDoc,
  name: string,
  people: ReadonlyMap<string, UserDoc>,
  readerId: string,
) => {
  const otherThan = (userId: string | null) =>
    people.get(chat.userIds.find((id) => id !== userId) ?? chat.userIds[0] ?? '');
  const target = otherThan(chat.createdBy);
  return {
    id: chat.id,
    name,
    slug: name,
    created_by: fullNameOf(people.get(chat.createdBy ?? '')),
    target_user: target === undefined ? null : fullNameOf(target),
    members_count: chat.memberCount,
    user_name: fullNameOf(otherThan(readerId)),
  };
};

/** A visitor of a desk has no account. */
export const presentMessage = ({ message, sender, file }: Detailed, at: Addresses) => ({
  id: message.id,
  content: message.text,
  timestamp: timestamp(message.at),
  user: message.senderId,
  user_name: message.visitor?.name ?? namesOf(sender)[0],
  avatar: pictureUrl(sender, at),
  group: message.conversationId,
  file: fileUrl(file, at),
});
