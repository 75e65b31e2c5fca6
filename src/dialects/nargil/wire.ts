// How the core's documents look in the answers of this API.

import type { ConversationDoc } from '../../projections/conversations.ts';
import type { UserDoc } from '../../projections/users.ts';
import { timestamp } from '../django/timestamps.ts';
import type { Detailed } from '../shared/find.ts';
import { profileId } from './identities.ts';
import { type Addresses, fileUrl } from './media.ts';
import { isSlug } from './slugs.ts';
import { NAMELESS } from './texts.ts';

/** Clients rely on a first or a last name. It is never the e-mail address. */
export const firstNameOf = (user: UserDoc | undefined): string =>
  user === undefined ? NAMELESS : user.firstName || (user.lastName === '' ? (user.username ?? NAMELESS) : '');

export const lastNameOf = (user: UserDoc | undefined): string => user?.lastName ?? '';

/** `between`: what stands between first and last name, which differs within this API. */
export const fullNameOf = (user: UserDoc | undefined, between = ' '): string =>
  [firstNameOf(user), lastNameOf(user)].filter((part) => part !== '').join(between);

export const isSuperuser = ({ isAdmin, outsideSuperuser }: UserDoc): boolean => isAdmin || outsideSuperuser;

const quoted = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** A picture as an image field of the original shows it: it puts its own base before an address of another server. */
const mediaPicture = (avatar: string | null, { local }: Addresses): string | null => {
  if (avatar === null || avatar === '') return null;
  return /^https?:\/\//.test(avatar) ? local(`/cht/media/${quoted(avatar.replace('://', ':/'))}`) : avatar;
};

export const presentProfile = (user: UserDoc, at: Addresses) => ({
  id: profileId(user.id),
  user: user.id,
  first_name: firstNameOf(user),
  last_name: lastNameOf(user),
  avatar: mediaPicture(user.avatar, at),
  is_superuser: isSuperuser(user),
});

export const presentMember = (user: UserDoc, at: Addresses) => ({
  id: profileId(user.id),
  firstname: firstNameOf(user),
  lastname: lastNameOf(user),
  is_superuser: isSuperuser(user),
  avatar: mediaPicture(user.avatar, at),
});

export const presentOutsider = (user: UserDoc) => ({
  id: profileId(user.id),
  firstname: firstNameOf(user),
  lastname: lastNameOf(user),
  avatar: user.avatar,
});

export const presentGroupRef = (group: ConversationDoc) => ({
  id: group.id,
  name: nameOf(group),
  slug: slugOf(group),
  type: typeOf(group),
});
export type GroupRef = ReturnType<typeof presentGroupRef>;

export const presentPerson = (user: UserDoc, groups: readonly GroupRef[]) => ({
  ...presentOutsider(user),
  is_superuser: isSuperuser(user),
  groups,
});

export const presentAdded = (user: UserDoc) => ({
  id: user.id,
  nationalcode: user.nationalCode,
  first_name_fa: firstNameOf(user),
  last_name_fa: lastNameOf(user),
  usr_avatar: user.avatar,
});

/** The segment that opens a group in a path: its slug; its id, if it has no slug that a path can hold. */
export const slugOf = ({ id, slug }: ConversationDoc): string => (slug !== null && isSlug(slug) ? slug : id);

/** A desk has no name of its own and shows its room. */
export const nameOf = ({ name, room }: ConversationDoc): string => (room === null ? name : `Desk ${room}`);

export const typeOf = (group: ConversationDoc): string => (group.public ? 'public' : 'private');

export const presentCreated = (group: ConversationDoc, owner: UserDoc) => ({
  id: group.id,
  name: nameOf(group),
  slug: slugOf(group),
  created_by: fullNameOf(owner, ''),
  type: typeOf(group),
  members_count: group.memberCount,
});

export const presentGroup = (group: ConversationDoc, creator: UserDoc | undefined) => ({
  id: group.id,
  name: nameOf(group),
  slug: slugOf(group),
  created_by: group.visitorName ?? fullNameOf(creator),
  members_count: group.memberCount,
  type: typeOf(group),
});

/** `name`: opens the chat. `both`: its two users, of whom `readerId` is one. */
export const presentPrivateChat = (
  chat: ConversationDoc,
  name: string,
  both: readonly (UserDoc | undefined)[],
  readerId: string,
) => {
  const otherThan = (userId: string | null) => both.find((one) => one?.id !== userId) ?? both[0];
  const target = otherThan(chat.createdBy);
  return {
    id: chat.id,
    name,
    slug: name,
    created_by: fullNameOf(both.find((one) => one?.id === chat.createdBy)),
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
  user_name: message.visitor?.name ?? firstNameOf(sender),
  avatar: sender?.avatar ?? null,
  group: message.conversationId,
  file: fileUrl(file, at),
});
