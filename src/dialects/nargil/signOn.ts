// Signs in with a token of the outside sign-on, or with any token of this server, from a header or from a cookie.

import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parseCookie } from 'cookie';
import type { JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { identify } from '../../api/credentials.ts';
import { createOutsideIssuer } from '../../auth/outsideIssuer.ts';
import { type AdmitOutsideUser, admitOutsideUser } from '../../commands/admitOutsideUser.ts';
import type { Identity, OutsideSignOn, Purpose } from '../../commands/authenticate.ts';
import { Refused } from '../../domain/refused.ts';
import { users } from '../../domain/user.ts';
import { type Services, VIEW_WAIT } from '../../services.ts';
import { createOriginRule } from '../../ws/origin.ts';
import { authenticationFailed, invalidToken } from '../django/apiErrors.ts';
import { type Scheme, wordsOf } from '../django/schemes.ts';
import { toUuid } from '../shared/uuid.ts';
import { settings } from './settings.ts';

const ISSUER = 'nargil';

const text = (max: number) =>
  z.union([z.string(), z.number()]).transform((value) => [...String(value).toWellFormed()].slice(0, max).join(''));
const orNull = (max: number) => text(max).transform((value) => value || null);

/** What the sign-on says of a person. */
const Claims = z.object({
  uuid: z.string().transform(toUuid).pipe(z.string()),
  first_name_fa: text(200).nullish(),
  last_name_fa: text(200).nullish(),
  nationalcode: orNull(20).nullish(),
  usr_avatar: orNull(2000).nullish(),
  is_superuser: z.boolean().nullish(),
});

const wishOf = (payload: JWTPayload): AdmitOutsideUser | undefined => {
  const { data } = Claims.safeParse(payload);
  if (data === undefined) return undefined;
  return {
    issuer: ISSUER,
    userId: data.uuid,
    firstName: data.first_name_fa ?? undefined,
    lastName: data.last_name_fa ?? undefined,
    // Null removes a number or a picture; left out, it stays.
    nationalCode: data.nationalcode,
    avatar: data.usr_avatar,
    superuser: data.is_superuser ?? false,
  };
};

/** The token of a header, with or without a scheme word. Empty: none was sent. */
const tokenIn = (headers: IncomingHttpHeaders): string => {
  const words = wordsOf(headers);
  return words.length > 1 && /^(?:token|bearer)$/i.test(words[0]!) ? words.slice(1).join(' ') : words.join(' ');
};

const tokenInCookie = ({ cookie = '' }: IncomingHttpHeaders): string => {
  const { token = '' } = parseCookie(cookie);
  return tokenIn({ authorization: token.replace(/^"(.*)"$/, '$1') });
};

interface Known {
  readonly wish: AdmitOutsideUser;
  readonly expiresAt: Date | null;
  readonly readAt: number;
}

const KEPT_TOKENS = 10_000;
/** Milliseconds for which a good signature is not checked again. */
const GOOD_FOR = 5 * 60_000;

/** Takes tokens of the outside sign-on for whatever API they come with. */
export const nargilSignOn = ({
  config,
  core,
  progress,
}: Pick<Services, 'config' | 'core' | 'progress'>): OutsideSignOn => {
  const { NARGIL_JWT_SECRET: secret, NARGIL_JWKS_URL: jwksUrl } = settings.parse(config);
  const issuer = createOutsideIssuer({ secret, jwksUrl, now: core.now });
  // By the hash, so that memory holds no token. The account of a token in here is up to date with it.
  const known = new LRUCache<string, Known>({ maxSize: KEPT_TOKENS, sizeCalculation: () => 1 });

  const read = async (token: string, before: Known | undefined): Promise<Known | undefined> => {
    const now = core.now().getTime();
    if (before !== undefined && now - before.readAt < GOOD_FOR) return before;
    const payload = await issuer.read(token);
    const wish = payload && wishOf(payload);
    return wish && { wish, expiresAt: payload.exp === undefined ? null : new Date(payload.exp * 1000), readAt: now };
  };

  /** Makes the account or brings it up to date, when this process first sees a token. */
  const admit = async ({ wish }: Known): Promise<void> => {
    const meta = { actorId: null, correlationId: core.newId() };
    const { position } = await admitOutsideUser(core, meta, wish);
    await progress.reached(position, VIEW_WAIT);
  };

  return async (token) => {
    const name = hash('sha256', token, 'base64');
    const before = known.get(name);
    const found = await read(token, before);
    if (found === undefined || (found.expiresAt !== null && found.expiresAt <= core.now())) return undefined;
    if (before === undefined) await admit(found);
    known.set(name, found);
    const user = await core.ledger.load(users, found.wish.userId!);
    if (user.status !== 'registered') throw new Refused('signed-out');
    return { user, sessionId: null, keyHash: null, expiresAt: found.expiresAt };
  };
};

export const nargilScheme = ({ config, authenticator }: Services): Scheme => {
  const { PUBLIC_URL, CORS_ORIGINS } = config;
  // Any page can make a browser send a cookie. So of other origins only those named count, never `*`.
  const isTrusted = createOriginRule({ PUBLIC_URL, CORS_ORIGINS: CORS_ORIGINS.filter((origin) => origin !== '*') });

  const identifyToken = async (token: string, purpose?: Purpose): Promise<Identity> => {
    try {
      const identity = await identify(authenticator, token, purpose);
      if (identity === undefined) throw invalidToken();
      return identity;
    } catch (error) {
      if (error instanceof Refused && error.code === 'signed-out')
        throw authenticationFailed('User inactive or deleted.');
      throw error;
    }
  };

  return {
    challenge: 'Token',
    identify: async (headers, purpose) => {
      const sent = tokenIn(headers);
      const isHeeded = headers.origin === undefined || isTrusted(headers.origin, headers.host);
      const token = sent !== '' || !isHeeded ? sent : tokenInCookie(headers);
      return token === '' ? undefined : identifyToken(token, purpose);
    },
  };
};
