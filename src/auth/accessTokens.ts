import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Secrets } from './secret.ts';
import { createSignedToken, isCompact } from './signedToken.ts';
import { isCount, isId } from './tokenFields.ts';

/** What an access token proves. `generation` counts the refreshes of its session. */
interface Access {
  readonly userId: string;
  readonly sessionId: string;
  readonly generation: number;
}

/** `number`: of the user. */
interface AccessClaims extends Access {
  readonly number: number;
}

/** Seconds. */
export const ACCESS_LIFETIME = 15 * 60;

const REMEMBERED_TOKENS = 10_000;

export const createAccessTokens = async (options: { readonly secrets: Secrets; readonly now: () => Date }) => {
  const accessTokens = await createSignedToken({
    ...options,
    purpose: 'access',
    type: 'at+jwt',
    audience: 'verbatim',
    lifetime: ACCESS_LIFETIME,
    requiredClaims: ['sid', 'gen'],
  });
  // Caches verified signatures. The key is the token itself: hashing it would cost as much as the verification. The cache
  // is bounded by `maxSize`: with `max` it would allocate its full size at once.
  const verified = new LRUCache<string, Readonly<Access & { expiresAt: Date }>>({
    maxSize: REMEMBERED_TOKENS,
    sizeCalculation: () => 1,
  });

  return {
    /**
     * A JWT good for 15 minutes from `issuedAt` (whole seconds count). The same input gives the same token. This server reads
     * neither `token_type` nor `jti` nor `user_id`: clients of simplejwt decode them.
     */
    access: ({ userId, number, sessionId, generation }: AccessClaims, issuedAt: Date): Promise<string> => {
      const jti = hash('sha256', `${sessionId}.${generation}`).slice(0, 32);
      const decoded = { token_type: 'access', jti, user_id: number };
      return accessTokens.sign(userId, { ...decoded, sid: sessionId, gen: generation }, issuedAt);
    },

    /** The claims, if this server made the token and it has not expired. Check the session for a sign-out. */
    verifyAccess: async (token: string) => {
      if (!isCompact(token)) return undefined;
      const remembered = verified.get(token);
      if (remembered !== undefined) {
        if (accessTokens.isCurrent(remembered.expiresAt)) return remembered;
        verified.delete(token);
        return undefined;
      }
      const claims = await accessTokens.read(token);
      if (claims === undefined) return undefined;
      const { sub: userId, sid: sessionId, gen: generation, expiresAt } = claims;
      if (!isId(userId) || !isId(sessionId) || !isCount(generation)) return undefined;
      const access = Object.freeze({ userId, sessionId, generation, expiresAt });
      verified.set(token, access);
      return access;
    },
  };
};
