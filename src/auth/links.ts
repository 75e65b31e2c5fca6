// The tokens in mailed links: each for one purpose, one account and a present state of it, until its end. Nothing is
// stored. When the state changes, for instance because the link was used, the token is worthless.

import { timingSafeEqual } from 'node:crypto';
import { createMacs } from './macs.ts';
import type { Secrets } from './secret.ts';

/** Seconds that each kind of link is good for. */
export const LINK_LIFETIME = { 'verify-email': 24 * 60 * 60, 'reset-password': 30 * 60 } as const;
export type LinkPurpose = keyof typeof LINK_LIFETIME;

/** What must not have changed since the link was made. */
export type LinkState = readonly (string | number | null)[];

/** Characters of a token at most. */
export const LINK_LIMIT = 200;

interface Options {
  /** The first one makes tokens, all of them verify. */
  readonly secrets: Secrets;
  readonly now: () => Date;
}

/** The id of an account, the second in which the token ends, and the MAC. */
const TOKEN = /^([\da-f-]{36})\.(\d{1,11})\.([\w-]{43})$/;

export type Links = ReturnType<typeof createLinks>;

export const createLinks = ({ secrets, now }: Options) => {
  const macsFor = (purpose: LinkPurpose) => createMacs(secrets, `link ${purpose}`);
  const macsOf = { 'verify-email': macsFor('verify-email'), 'reset-password': macsFor('reset-password') };
  const seconds = (): number => Math.floor(now().getTime() / 1000);

  /** By each secret. */
  const macs = (purpose: LinkPurpose, userId: string, end: number, state: LinkState) =>
    macsOf[purpose](JSON.stringify([userId, end, ...state]));

  return {
    token: (purpose: LinkPurpose, userId: string, state: LinkState): string => {
      const end = seconds() + LINK_LIFETIME[purpose];
      return `${userId}.${end}.${macs(purpose, userId, end, state)[0]!.toString('base64url')}`;
    },
    /** The account that the token says it is for. Nothing is verified yet. */
    userIdIn: (token: string): string | undefined => TOKEN.exec(token)?.[1],
    /** `state`: the present one of the account. */
    isGood: (purpose: LinkPurpose, token: string, state: LinkState): boolean => {
      const [, userId = '', end = '', mac = ''] = TOKEN.exec(token) ?? [];
      if (Number(end) <= seconds()) return false;
      const sent = Buffer.from(mac, 'base64url');
      return macs(purpose, userId, Number(end), state).some((own) => timingSafeEqual(own, sent));
    },
  };
};
