// The whole program on a free port and stores of its own, and what a client needs to talk to it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createApp } from '../../src/app.ts';
import { createPasswords, type Passwords } from '../../src/auth/passwords.ts';
import { grantRole } from '../../src/commands/grantRole.ts';
import { verifyEmail } from '../../src/commands/verifyEmail.ts';
import { readConfig } from '../../src/config.ts';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { dialects as allDialects } from '../../src/dialects/index.ts';
import type { Role } from '../../src/domain/events.ts';
import type { Services } from '../../src/services.ts';
import type { Shape } from '../../src/store/ports.ts';
import { openStores, type Stores } from '../../src/stores.ts';
import { checkDeclared } from './declaredRefusals.ts';
import { instead } from './instead.ts';
import { storesIn } from './stores.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
  readonly json: any;
}

export interface Call {
  /** An access token or a key. */
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: NonNullable<RequestInit['body']>;
}

export interface Person {
  readonly id: string;
  readonly number: number;
  readonly username: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** A client of one process. */
export interface Asking {
  call(method: string, path: string, given?: Call): Promise<Reply>;
  /** Somebody with an account, signed in. */
  person(username: string): Promise<Person>;
}

export interface Program extends Asking {
  readonly url: string;
  /** Where operators ask, if they have a port of their own. */
  readonly operatorUrl: string | undefined;
  readonly services: Services;
  readonly dataDir: string;
  grant(userId: string, role: Role): Promise<void>;
  /** The address belongs to the account, which has it already. */
  verify(userId: string, email: string): Promise<void>;
  /** Waits until the views have everything: what is told live is told before. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Milliseconds: as long as a crowded machine needs. */
const PATIENCE = 20_000;

let shared: Passwords | undefined;

/** One thread that hashes for all programs of this process: starting a thread takes longer than most tests. */
export const sharedPasswords = (): Passwords => {
  shared ??= createPasswords({ cost: 4, patience: PATIENCE });
  return instead(shared, { close: async () => undefined });
};

export const PASSWORD = 'correct horse';

/** Asks the process at `url`. */
export const askingOf = (url: string): Asking => {
  const call: Asking['call'] = async (method, path, { token, headers = {}, json, body } = {}) => {
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { Authorization: `${token.length === 40 ? 'Token' : 'Bearer'} ${token}` }),
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    } as RequestInit);
    const text = await response.text();
    const value = jsonOf(text) as Reply['json'];
    if (response.status >= 400) checkDeclared(method, path, value?.code);
    return { status: response.status, headers: response.headers, text, json: value };
  };
  return {
    call,
    person: async (username) => {
      const json = { username, password: PASSWORD };
      const { id, number } = (await call('POST', '/v1/users', { json })).json;
      const session = (await call('POST', '/v1/sessions', { json: { login: username, password: PASSWORD } })).json;
      return { id, number, username, token: session.accessToken, refreshToken: session.refreshToken };
    },
  };
};

/** `settings`: as in the environment, beside those that make it quick and quiet. `dataDir`: kept at the end, if given. */
export const startProgram = async (
  options: {
    readonly settings?: Readonly<Record<string, string>>;
    readonly dataDir?: string;
    readonly log?: Logger;
    readonly now?: () => Date;
    readonly dialects?: readonly Dialect[];
    /** Of the views, if not those of this version. */
    readonly shape?: Shape;
    /** Milliseconds that an answer waits for the views. Default: `PATIENCE`. */
    readonly viewWait?: number;
    /** Milliseconds between two looks at the room on the disk. */
    readonly lookEvery?: number;
    /** Milliseconds between two checks of the views. */
    readonly checkEvery?: number;
    /** Milliseconds between two moments at which presence is told. Default: never, so that no frame of it is between others. */
    readonly presenceEvery?: number;
    /** Puts something in the place of the stores that were opened. */
    readonly stores?: (opened: Stores) => Stores;
  } = {},
): Promise<Program> => {
  const { settings = {}, dataDir = await mkdtemp(join(tmpdir(), 'verbatim-')), shape, log, now } = options;
  const {
    stores: around = (opened: Stores) => opened,
    dialects = allDialects,
    viewWait = PATIENCE,
    lookEvery,
  } = options;
  const { checkEvery } = options;
  const stores = await storesIn(dataDir);
  const quick = { PORT: '0', BCRYPT_COST: '4', LOG_LEVEL: 'silent', LIMITS: 'off' };
  const config = readConfig({ ...stores.settings, ...quick, ...settings }, dialects);
  const app = await createApp(config, {
    dialects,
    viewWait,
    // A test that wants these events asks for them: `core.security.recordDue`.
    recordEvery: 3_600_000,
    presenceEvery: options.presenceEvery ?? 3_600_000,
    ...(lookEvery !== undefined && { lookEvery }),
    checkEvery,
    ...(log && { log }),
    ...(now && { now }),
    ...(!('BCRYPT_COST' in settings) && { passwords: sharedPasswords() }),
    openStores: async (settings) => around(await openStores(settings, shape)),
  });
  const { url, operatorUrl, services } = app;

  return {
    url,
    operatorUrl,
    services,
    dataDir,
    ...askingOf(url),
    grant: async (userId, role) => {
      const { position } = await grantRole(
        services.core,
        { actorId: null, address: null, correlationId: 'test' },
        { userId, role },
      );
      await services.progress.reached(position, PATIENCE);
    },
    verify: async (userId, email) => {
      const { position } = await verifyEmail(
        services.core,
        { actorId: null, address: null, correlationId: 'test' },
        { userId, email },
      );
      await services.progress.reached(position, PATIENCE);
    },
    settled: async () => {
      if (!(await services.progress.reached(await services.events.head(), PATIENCE)))
        throw new Error('the views did not catch up');
    },
    close: async () => {
      await app.close();
      await stores.close(options.dataDir !== undefined);
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
};
