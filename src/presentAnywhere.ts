// Who of a conversation is there: the members, at any process, and whoever hears it at this one.

import { presentIn } from './presence/presentIn.ts';
import type { Services } from './services.ts';
import { Unavailable } from './store/ports.ts';

/** Without views: `hearing` alone. @returns at most `most` ids */
export const presentAnywhere = async (
  { presence, queries }: Pick<Services, 'presence' | 'queries'>,
  hearing: readonly string[],
  conversationId: string,
  most: number,
): Promise<readonly string[]> => {
  try {
    const { userIds } = await presentIn(presence, queries.members, conversationId, most);
    return [...new Set([...userIds, ...hearing])].slice(0, most);
  } catch (error) {
    if (error instanceof Unavailable) return hearing;
    throw error;
  }
};
