// Who of a conversation is there, at any process.

import type { Presence } from './presence.ts';

/** Members that are looked at, by pages, in the order of joining. */
const LOOKED_AT = 5000;
const PAGE = 500;

type Members = (
  conversationId: string,
  page: { readonly limit: number; readonly after?: number },
) => Promise<{
  readonly items: readonly { readonly userId: string; readonly since: number }[];
  readonly more: boolean;
}>;

/** @returns at most `most` ids, and whether there may be others. @throws Unavailable */
export const presentIn = async (
  { isThere }: Pick<Presence, 'isThere'>,
  members: Members,
  conversationId: string,
  most: number,
): Promise<{ readonly userIds: readonly string[]; readonly more: boolean }> => {
  const userIds = new Set<string>();
  let after: number | undefined;
  for (let looked = 0; looked < LOOKED_AT; looked += PAGE) {
    const { items, more } = await members(conversationId, { limit: PAGE, ...(after !== undefined && { after }) });
    for (const { userId } of items) if (isThere(userId)) userIds.add(userId);
    if (userIds.size > most) return { userIds: [...userIds].slice(0, most), more: true };
    if (!more) return { userIds: [...userIds], more: false };
    after = items.at(-1)?.since;
  }
  return { userIds: [...userIds], more: true };
};
