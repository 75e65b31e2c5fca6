// An outside sign-on: its tokens, and the people of the document that they name.

import { SignJWT } from 'jose';

export const SECRET = 'a secret of the outside sign-on and this server';

export interface Claims {
  readonly uuid: string;
  readonly nationalcode?: string | null;
  readonly first_name_fa?: string;
  readonly last_name_fa?: string;
  readonly usr_avatar?: string | null;
  readonly is_superuser?: boolean;
  readonly iat?: number;
  readonly exp?: number;
  readonly iss?: string;
  readonly aud?: string;
}

/** Far beyond the clock of every test. */
export const EXP = Date.parse('2036-01-01T00:00:00Z') / 1000;

export const tokenOf = (claims: Claims, secret = SECRET): Promise<string> =>
  new SignJWT({ exp: EXP, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));

export const sara = {
  uuid: '11e794cc-44eb-4915-af02-524426a0bda1',
  nationalcode: '0012345678',
  first_name_fa: 'سارا',
  last_name_fa: 'راد',
  usr_avatar: null,
} as const;

/** As the document writes it, without dashes. */
export const omid = {
  uuid: '5c4f39fb8cc04229813f0b2b367edcff',
  nationalcode: '2240175931',
  first_name_fa: 'firstname',
  last_name_fa: 'lastname',
  usr_avatar: 'https://demo.nargil.co/usr/base-user/file/3079f569e7cd4171a1de5ebc47fa52ec/',
  is_superuser: true,
} as const;

export const OMID_ID = '5c4f39fb-8cc0-4229-813f-0b2b367edcff';
