// The outside sign-on, whose tokens make the accounts of this API and sign in to every other.

import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { createOutsideIssuer } from '../../auth/outsideIssuer.ts';
import { admitOutsideUser } from '../../commands/admitOutsideUser.ts';
import { countsOutside } from '../../domain/credentials.ts';
import { Refused } from '../../domain/refused.ts';
import { isActive, users } from '../../domain/user.ts';
import { isWebAddress } from '../../domain/webAddress.ts';
import { serverUrl } from '../../settingKinds.ts';
import type { Dialect } from '../dialect.ts';
import { parseAsSent, textIn } from '../django/text.ts';
import { toUuid } from '../shared/uuid.ts';

/** The settings of this API, which `src/config.ts` reads with all others. */
export const settings = z.object({
  NARGIL_JWT_SECRET: z
    .string()
    .refine(
      (secret) => Buffer.byteLength(secret) >= 32,
      'must have at least 32 bytes, such as `openssl rand -hex 32` makes',
    )
    .optional()
    .describe('Secret of the outside sign-on of the nargil API (HS256), at least 32 bytes'),
  NARGIL_JWKS_URL: serverUrl('a set of keys', /^https?:\/\//, 'https://id.example.org/jwks.json')
    .optional()
    .describe('Keys of the outside sign-on of the nargil API (RS256, ES256, Ed25519)'),
  NARGIL_JWT_ISSUER: z.string().optional().describe('The `iss` that tokens of the outside sign-on must have'),
  NARGIL_JWT_AUDIENCE: z.string().optional().describe('The `aud` that tokens of the outside sign-on must have'),
});

const text = (max: number) =>
  z
    .custom((value) => textIn(value) !== undefined)
    .transform((value) => [...textIn(value)!.toWellFormed()].slice(0, max).join(''));
const orNull = (max: number) => text(max).transform((value) => value || null);
/** A sign-in must not fail by what cannot be shown. */
const picture = orNull(2000).transform((value) => (value !== null && isWebAddress(value) ? value : null));

/** What the sign-on says of a person, as the wish to admit them. */
const Claims = z
  .object({
    uuid: z.string().transform(toUuid).pipe(z.string()),
    first_name_fa: text(200).nullish(),
    last_name_fa: text(200).nullish(),
    nationalcode: orNull(20).nullish(),
    usr_avatar: picture.nullish(),
    is_superuser: z.boolean().nullish(),
  })
  .transform((claims) => ({
    issuer: 'nargil',
    userId: claims.uuid,
    firstName: claims.first_name_fa ?? undefined,
    lastName: claims.last_name_fa ?? undefined,
    // Null removes a number or a picture; without the claim, the account keeps it.
    nationalCode: claims.nationalcode,
    avatar: claims.usr_avatar,
    superuser: claims.is_superuser ?? false,
  }));

const KNOWN_TOKENS = 10_000;
/** Milliseconds for which a good signature is not checked again: a check takes about as long as a cheap request. */
const GOOD_FOR = 5 * 60_000;

/** Identifies by tokens of the outside sign-on, for all APIs. */
export const nargilSignOn: NonNullable<Dialect['signOn']> = ({ config, core, progress }) => {
  const { NARGIL_JWT_SECRET: secret, NARGIL_JWKS_URL: jwksUrl, ...named } = settings.parse(config);
  const { NARGIL_JWT_ISSUER: issuer, NARGIL_JWT_AUDIENCE: audience } = named;
  const outside = createOutsideIssuer({ secret, jwksUrl, issuer, audience, now: core.now });

  const check = async (token: string, checkedAt: Date) => {
    const read = await outside.read(token);
    const { data: wish } = Claims.safeParse(read && parseAsSent(read.claims));
    return read && wish && { wish, checkedAt, issuedAt: read.issuedAt, expiresAt: read.expiresAt };
  };

  /** @throws Refused `signed-out` if the account has logged out since the token was issued, or was deleted */
  const mustCount = async ({ wish: { userId }, issuedAt }: { wish: { userId: string }; issuedAt: number }) => {
    const user = await core.ledger.load(users, userId);
    if ((user.status !== 'unknown' && !isActive(user)) || !countsOutside(user, issuedAt))
      throw new Refused('signed-out');
    return user;
  };
  type KnownToken = NonNullable<Awaited<ReturnType<typeof check>>>;
  // By the hash, so that memory holds no token. The account of a token in here has all that the token says, or a newer one.
  const knownTokens = new LRUCache<string, KnownToken>({ maxSize: KNOWN_TOKENS, sizeCalculation: () => 1 });

  return async (token) => {
    const now = core.now();
    const key = hash('sha256', token, 'base64');
    const known = knownTokens.get(key);
    const isFresh = known !== undefined && now.getTime() - known.checkedAt.getTime() < GOOD_FOR;
    const found = isFresh ? known : await check(token, now);
    if (found === undefined || found.expiresAt <= now) return undefined;
    await mustCount(found);
    if (known === undefined) {
      // Makes the account or updates it, and waits until routes can read it from the views.
      const { wish, issuedAt } = found;
      const anew = { actorId: null, correlationId: core.newId() };
      const { position } = await admitOutsideUser(core, anew, { ...wish, issuedAt });
      await progress.reached(position);
    }
    knownTokens.set(key, found);
    const user = await mustCount(found);
    const signedInAt = new Date(found.issuedAt * 1000);
    const plain = { sessionId: null, keyHash: null, scopes: null };
    return { user, ...plain, outsideAt: found.issuedAt, signedInAt, expiresAt: found.expiresAt };
  };
};
