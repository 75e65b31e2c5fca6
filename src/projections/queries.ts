// Every question the views are asked. A page is cut by its sort key, so its cost does not grow with what lies before it.

import { type Action, may, readsEveryDesk } from '../domain/access.ts';
import { type ConversationKind, factsOfFile, readerOf } from '../domain/accessFacts.ts';
import { canonical } from '../domain/names.ts';
import type { Find } from '../store/ports.ts';
import type { ConversationDoc } from './conversations.ts';
import type { FileDoc, ShareDoc } from './files.ts';
import type { KeyDoc } from './keys.ts';
import { type MembershipDoc, membershipId } from './memberships.ts';
import type { MessageDoc } from './messages.ts';
import type { ReadDoc } from './reads.ts';
import type { ReadableViews } from './readyViews.ts';
import type { ReceiptDoc } from './receipts.ts';
import { accountOf, type UserDoc } from './users.ts';

/** `limit` documents, those after or before a place; `descending`: the last of them first. */
export interface Page {
  readonly after?: number;
  readonly before?: number;
  readonly descending?: boolean;
  readonly limit: number;
}

/** One page of a list. It may hold fewer than its `limit` though `more` follow: pages are bounded in bytes too. */
export interface Slice<T> {
  readonly items: readonly T[];
  /** Ask for the next page after the last item. False: that was all. */
  readonly more: boolean;
}

export interface Joined {
  readonly membership: MembershipDoc;
  /** The views may have it a moment later. */
  readonly conversation: ConversationDoc | undefined;
}

export type Queries = ReturnType<typeof createQueries>;

export const createQueries = (views: ReadableViews) => {
  const many = async <T>(collection: string, ids: readonly string[]): Promise<readonly (T | undefined)[]> =>
    ids.length === 0 ? [] : ((await views.get(collection, ids)) as readonly unknown[] as readonly (T | undefined)[]);
  const one = async <T>(collection: string, id: string): Promise<T | undefined> => (await many<T>(collection, [id]))[0];
  const slice = async <T>(collection: string, wanted: Find): Promise<Slice<T>> => {
    const { docs, more } = await views.find(collection, wanted);
    return { items: docs as readonly unknown[] as readonly T[], more };
  };
  const find = <T>(collection: string, where: Find['where'], sort: string, page: Page): Promise<Slice<T>> =>
    slice(collection, { where, sort, ...page });
  const first = async <T>(collection: string, where: Find['where'], sort: string): Promise<T | undefined> =>
    (await find<T>(collection, where, sort, { limit: 1 })).items[0];

  const byIds = async <T extends { readonly id: string }>(
    collection: string,
    ids: Iterable<string | null>,
  ): Promise<ReadonlyMap<string, T>> => {
    const wanted = [...new Set(ids)].filter((id) => id !== null);
    const docs = await many<T>(collection, wanted);
    return new Map(docs.filter((doc) => doc !== undefined).map((doc) => [doc.id, doc]));
  };

  const user = (userId: string) => one<UserDoc>('users', userId);
  const conversation = (conversationId: string) => one<ConversationDoc>('conversations', conversationId);
  const membership = (conversationId: string, userId: string) =>
    one<MembershipDoc>('memberships', membershipId(conversationId, userId));

  /** The conversation, if `userId` may do `action` in it. Missing and forbidden are the same. */
  const permitted = async (
    action: Action,
    conversationId: string,
    userId: string,
  ): Promise<ConversationDoc | undefined> => {
    const [found, account, member] = await Promise.all([
      conversation(conversationId),
      user(userId),
      membership(conversationId, userId),
    ]);
    return found && account && may(readerOf(accountOf(account), member?.role), action, found) ? found : undefined;
  };
  const readable = (conversationId: string, userId: string) => permitted('read', conversationId, userId);

  /** Conversations that `userId` is a member of, in the order of joining. */
  const conversationsOf = async (userId: string, page: Page, kind?: ConversationKind): Promise<Slice<Joined>> => {
    const where: Find['where'] = kind === undefined ? { userId } : { userId, kind };
    const { items, more } = await find<MembershipDoc>('memberships', where, 'since', page);
    const docs = await many<ConversationDoc>(
      'conversations',
      items.map(({ conversationId }) => conversationId),
    );
    return { items: items.map((membership, i) => ({ membership, conversation: docs[i] })), more };
  };

  return {
    user,
    usersById: (ids: Iterable<string | null>) => byIds<UserDoc>('users', ids),
    userNumbered: (number: number) => first<UserDoc>('users', { number }, 'id'),
    /** Accounts in the order of their numbers. */
    users: (page: Page) => find<UserDoc>('users', { deleted: false }, 'number', page),
    /** Accounts whose username begins with `prefix`, in the order of usernames; `after`: a `usernameKey`. */
    usersNamed: (prefix: string, limit: number, after?: string) => {
      const key = canonical('username', prefix);
      // Bounds are exclusive; the greatest code point ends the range, the one before the prefix's own begins it.
      return slice<UserDoc>('users', {
        where: { deleted: false },
        sort: 'usernameKey',
        after: after ?? before(key),
        before: `${key}\u{10ffff}`,
        limit,
      });
    },
    userOfKey: (keyHash: string) => one<KeyDoc>('keys', keyHash),

    conversation,
    conversationsById: (ids: Iterable<string | null>) => byIds<ConversationDoc>('conversations', ids),
    conversationNumbered: (number: number) => first<ConversationDoc>('conversations', { number }, 'id'),
    conversationWithSlug: (slug: string) =>
      first<ConversationDoc>('conversations', { slugKey: canonical('slug', slug) }, 'number'),
    readable,
    writable: (conversationId: string, userId: string) => permitted('write', conversationId, userId),
    conversationsOf,
    /** Rooms and public groups, in the order of their numbers. */
    listed: (page: Page) => find<ConversationDoc>('conversations', { listed: true }, 'number', page),
    conversationsOfKind: (kind: ConversationKind, page: Page) =>
      find<ConversationDoc>('conversations', { kind }, 'number', page),
    /** Desks that this account may read: those of its e-mail address, for staff all. */
    desksFor: async (userId: string, page: Page): Promise<Slice<ConversationDoc>> => {
      const reader = await user(userId);
      if (reader && readsEveryDesk(accountOf(reader)))
        return find<ConversationDoc>('conversations', { kind: 'desk' }, 'number', page);
      const visitorEmailKey = reader?.emailKey ?? null;
      return visitorEmailKey === null
        ? { items: [], more: false }
        : find<ConversationDoc>('conversations', { visitorEmailKey }, 'number', page);
    },
    /** Desks at which somebody of this e-mail has spoken. */
    desksOf: (email: string, page: Page) =>
      find<ConversationDoc>('conversations', { visitorEmailKey: canonical('email', email) }, 'number', page),
    membership,
    /** Where `userId` is a member, in the order of joining. */
    membershipsOf: (userId: string, page: Page) => find<MembershipDoc>('memberships', { userId }, 'since', page),
    /** What `userId` is in each of the conversations. */
    membershipsIn: (userId: string, conversationIds: readonly string[]) =>
      many<MembershipDoc>(
        'memberships',
        conversationIds.map((id) => membershipId(id, userId)),
      ),
    members: (conversationId: string, page: Page) =>
      find<MembershipDoc>('memberships', { conversationId }, 'since', page),
    /** What each of the users is in the conversation. */
    membershipsAmong: (conversationId: string, userIds: readonly string[]) =>
      many<MembershipDoc>(
        'memberships',
        userIds.map((id) => membershipId(conversationId, id)),
      ),
    /** Of each conversation, how many of its messages `userId` has read. */
    readsOf: async (userId: string, conversationIds: readonly string[]): Promise<readonly number[]> =>
      (
        await many<ReadDoc>(
          'reads',
          conversationIds.map((id) => membershipId(id, userId)),
        )
      ).map((read) => read?.upTo ?? 0),

    message: (messageId: string) => one<MessageDoc>('messages', messageId),
    messagesById: (ids: Iterable<string>) => byIds<MessageDoc>('messages', ids),
    messageNumbered: (number: number) => first<MessageDoc>('messages', { number }, 'id'),
    /** Messages of one conversation by `seq`. */
    messagesIn: (conversationId: string, page: Page) => find<MessageDoc>('messages', { conversationId }, 'seq', page),
    /** Direct messages sent to somebody, in the order of the log. */
    messagesTo: (receiverId: string, page: Page) => find<MessageDoc>('messages', { receiverId }, 'position', page),
    receipt: (commandId: string) => one<ReceiptDoc>('receipts', commandId),

    fileNumbered: (number: number) => first<FileDoc>('files', { number }, 'id'),
    filesById: (ids: Iterable<string | null>) => byIds<FileDoc>('files', ids),
    /** The file, if `userId` stored it or may read a conversation it was sent to. */
    readableFile: async (fileId: string, userId: string): Promise<FileDoc | undefined> => {
      const [file, account] = await Promise.all([one<FileDoc>('files', fileId), user(userId)]);
      if (!file || !account) return undefined;
      const reader = readerOf(accountOf(account));
      if (may(reader, 'readFile', factsOfFile(file))) return file;
      const { items } = await find<ShareDoc>('shares', { fileId }, 'since', { limit: 100 });
      for (const { conversationId } of items)
        if (may(reader, 'readFile', factsOfFile(file, (await readable(conversationId, userId)) !== undefined)))
          return file;
      return undefined;
    },
  };
};

/** A string that sorts directly before `key` and everything that begins with it. */
const before = (key: string): string => {
  const last = key.codePointAt(key.length - 1);
  return last === undefined || last === 0 ? '' : `${key.slice(0, -1)}${String.fromCodePoint(last - 1)}\u{10ffff}`;
};
