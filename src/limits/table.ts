// Every limit by rate: what is counted, for whom, and its default. A quota and the seconds in which it refills.

import { z } from 'zod';

interface Row {
  /** `account`: of a request without one, the address. */
  readonly by: 'address' | 'account' | 'account at an address' | 'socket';
  readonly usual: string;
  readonly says: string;
  /** Processes tell each other what they counted. */
  readonly isShared?: true;
}

const rows = {
  strangers: { by: 'address', usual: '6000/60', says: 'Requests of one address without a sign-in' },
  registrations: {
    by: 'address',
    usual: '600/3600',
    says: 'Registrations from one address, and new names that accounts there ask for',
    isShared: true,
  },
  'sign-ins': { by: 'address', usual: '600/60', says: 'Sign-ins from one address, right or wrong', isShared: true },
  'wrong-passwords': {
    by: 'address',
    usual: '100/600',
    says: 'Wrong passwords from one address, for any accounts',
    isShared: true,
  },
  guesses: {
    by: 'account at an address',
    usual: '20/1200',
    says: 'Wrong passwords for one account from one address',
    isShared: true,
  },
  'guesses-elsewhere': {
    by: 'account',
    usual: '100/3600',
    says: 'Wrong passwords for one account from all addresses where it has not been signed in',
    isShared: true,
  },
  refusals: {
    by: 'address',
    usual: '60/60',
    says: 'Refusals that one address gets at once; others come a second late',
  },
  refreshes: { by: 'address', usual: '1200/60', says: 'Refreshes of sessions from one address' },
  sockets: { by: 'address', usual: '3000/60', says: 'Sockets that one address opens without a sign-in' },
  'account-sockets': { by: 'account', usual: '600/60', says: 'Sockets that one account opens' },
  desks: { by: 'address', usual: '1200/60', says: 'Desk sockets that one address opens' },
  enquiries: { by: 'address', usual: '200/4', says: 'Enquiries from one address at all desks' },
  'socket-enquiries': { by: 'socket', usual: '30/6', says: 'Enquiries from one desk socket' },
  frames: { by: 'socket', usual: '200/2', says: 'Frames and pings from one socket' },
  'account-frames': {
    by: 'account',
    usual: '2000/2',
    says: 'Frames and pings from all sockets of one account together',
  },
  mails: {
    by: 'account',
    usual: '5/3600',
    says: 'Mails that one account, or one name, has the server send',
    isShared: true,
  },
  'mail-requests': {
    by: 'address',
    usual: '60/3600',
    says: 'Mails that one address has the server send',
    isShared: true,
  },
  reads: { by: 'account', usual: '12000/60', says: 'Requests of one account that read' },
  audits: { by: 'account', usual: '600/60', says: 'Requests of one account that read the log' },
  exports: { by: 'account', usual: '5/3600', says: 'Exports of the data of one account' },
  commands: {
    by: 'account',
    usual: '6000/60',
    says: 'Commands of one account, except sends; each member of a new group; requests that come to no command, such as malformed ones',
  },
  sends: { by: 'account', usual: '6000/60', says: 'Messages that one account sends' },
  erasures: { by: 'account', usual: '300/3600', says: 'Messages and files that one account erases' },
  uploads: { by: 'account', usual: '600/60', says: 'Files that one account stores' },
  keys: { by: 'account', usual: '6000/60', says: 'Commands of one account under idempotency keys' },
} as const satisfies Readonly<Record<string, Row>>;

export type LimitName = keyof typeof rows;
export const table: Readonly<Record<LimitName, Row>> = rows;
export const limitNames = Object.keys(rows) as LimitName[];
export const isLimitName = (name: string): name is LimitName => Object.hasOwn(rows, name);

/** How many of each are counted. */
export type Costs = { readonly [Name in LimitName]?: number };

type Snake<Text extends string> = Text extends `${infer Head}-${infer Tail}` ? `${Head}_${Snake<Tail>}` : Text;
export type SettingOf<Name extends LimitName> = `LIMIT_${Uppercase<Snake<Name>>}`;
export const settingOf = <Name extends LimitName>(name: Name) =>
  `LIMIT_${name.toUpperCase().replaceAll('-', '_')}` as SettingOf<Name>;

const quota = z
  .string()
  .toLowerCase()
  .regex(
    /^(off|[1-9]\d{0,8}\/[1-9]\d{0,5})$/,
    'must be a quota and the seconds in which it refills, such as 600/60; or off',
  );

/** The settings of all limits. */
export const limitSettings = Object.fromEntries(
  limitNames.map((name) => [settingOf(name), quota.default(table[name].usual).describe(table[name].says)]),
) as { readonly [Name in LimitName as SettingOf<Name>]: z.ZodDefault<z.ZodString> };

export type LimitConfig = { readonly LIMITS: 'on' | 'off' } & {
  readonly [Name in LimitName as SettingOf<Name>]: string;
};

/** A quota, and the seconds in which it refills. */
export interface Policy {
  readonly name: LimitName;
  readonly quota: number;
  readonly window: number;
}

/** The limits that are in force. */
export const policiesOf = (config: LimitConfig): ReadonlyMap<LimitName, Policy> => {
  const inForce = limitNames.flatMap((name): [LimitName, Policy][] => {
    const text = config[settingOf(name)];
    if (config.LIMITS === 'off' || text === 'off') return [];
    const [quota = 0, window = 0] = text.split('/').map(Number);
    return [[name, { name, quota, window }]];
  });
  return new Map(inForce);
};
