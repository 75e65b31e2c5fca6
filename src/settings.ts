// The settings of the program, each with what it takes, its default and what it sets.

import { z } from 'zod';
import { secretsOf } from './auth/secret.ts';
import { isOurStream } from './domain/streams.ts';
import { areNetworks } from './limits/clientAddress.ts';
import { limitSettings } from './limits/table.ts';
import {
  amount,
  either,
  folder,
  host,
  kind,
  list,
  origins,
  publicUrl,
  serverUrl,
  size,
  whole,
  word,
  words,
} from './settingKinds.ts';
import { hasKnownOptions } from './store/eventStoreDb/options.ts';

const MiB = 1024 * 1024;
const COUNT = Number.MAX_SAFE_INTEGER;

const areSecrets = (text: string): boolean => {
  try {
    return secretsOf(text).length > 0;
  } catch {
    return false;
  }
};

/** By the names of their environment variables. */
export const program = z.object({
  HOST: host.default('127.0.0.1').describe('Address to listen on'),
  PORT: whole(0, 65_535, 3000).default(3000).describe('Port to listen on; 0 takes any free port'),
  OPERATOR_PORT: whole(0, 65_535, 9090)
    .optional()
    .describe('Port of its own for metrics and the words of /readyz, which the other port then keeps to itself'),
  DATA_DIR: folder.default('./data').describe('Folder of the embedded stores'),
  KEYS_DIR: folder.optional().describe('Folder of the keys of what people say, without MongoDB; DATA_DIR if missing'),
  EVENTSTORE_URL: serverUrl('EventStoreDB', /^esdb(\+discover)?:\/\//, 'esdb://db.example.org:2113')
    .refine(
      hasKnownOptions,
      'must have no options but those that the client knows, such as tls=true, tlsCAFile=<file> or tls=false',
    )
    .optional()
    .describe('EventStoreDB in place of the embedded event store'),
  EVENTSTORE_PREFIX: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      'must be letters, digits, dots, hyphens and underscores, 64 at most, such as chat.',
    )
    .refine((prefix) => !isOurStream(prefix), 'must not begin as a stream of an installation without a prefix does')
    .optional()
    .describe('What the names of all streams begin with, where several installations share EventStoreDB'),
  MONGODB_URL: serverUrl('MongoDB', /^mongodb(\+srv)?:\/\//, 'mongodb://db.example.org:27017/verbatim')
    .optional()
    .describe('MongoDB in place of the embedded view and blob stores'),
  AUTH_SECRET: z
    .string()
    .refine(
      areSecrets,
      'must be secrets of 32 to 1024 bytes, separated by commas, 10 at most, such as `openssl rand -hex 32` makes',
    )
    .optional()
    .describe(
      'Secrets of all tokens, separated by commas, each at least 32 characters; the first makes tokens, all verify them. ' +
        'An embedded server makes one at its first start',
    ),
  REGISTRATION: word('open', 'invited', 'closed')
    .default('open')
    .describe('Who may register an account: everybody, those whom an admin invited, or nobody'),
  SESSION_IDLE: amount('days', 3650, 30).default(30).describe('Days without a refresh after which a session ends'),
  SESSION_LIFETIME: amount('days', 3650, 180)
    .default(180)
    .describe('Days after which a session or a key ends, however much it is used'),
  PUBLIC_URL: publicUrl.optional().describe('Address at which clients reach this server, for absolute links'),
  SMTP_URL: serverUrl('a mail server', /^smtps?:\/\//, 'smtps://user:password@mail.example.org:465')
    .optional()
    .describe('Mail server that takes mails; none by default'),
  MAIL_FROM: z
    .string()
    .max(320)
    .regex(
      /^(?:[^<>\p{Cc}]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u,
      'must be an address, or a name and an <address>, such as Verbatim <chat@example.org>',
    )
    .optional()
    .describe('Sender of all mails; required with SMTP_URL'),
  CORS_ORIGINS: origins.default([]).describe('Origins of web pages that may call, separated by commas; * allows all'),
  DIALECTS: list
    .optional()
    .describe('Foreign APIs to serve, by name and separated by commas; all by default; none for the native API alone'),
  LOG_LEVEL: word('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')
    .default('info')
    .describe('Lowest level that is logged'),
  ROLES: words('api', 'projector').default(['api', 'projector']).describe('What this process does'),
  MAX_UPLOAD: size(1, '25MiB')
    .default(25 * MiB)
    .describe('Largest file, in bytes'),
  MAX_STORED: size(1, '1GiB')
    .default(1024 * MiB)
    .describe('Most bytes of the files that one account has stored, each counted with 4 KiB at least'),
  KEEP_UNUSED: amount('hours', 87_600, 24)
    .default(24)
    .describe('Hours that a stored file is kept which no message and no picture uses'),
  SEAL_EVERY: amount('minutes', 10_080, 10).default(10).describe('Minutes between two seals of the log'),
  SEAL_WEBHOOK: kind(
    'an address with http or https and without a password, such as https://seals.example.org/',
    (text) => (/^https?:\/\/[^\s@]+$/.test(text) && URL.canParse(text) ? text : undefined),
  )
    .optional()
    .describe('Address that each new seal of the log is sent to'),
  SEAL_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('File that each new seal of the log is added to; -: standard output'),
  ERASE_GRACE: whole(0, 3650, 7)
    .default(7)
    .describe('Days in which a request to erase can be taken back; 0: it is carried out at once'),
  DESK_BUDGET: size(1, '64MiB')
    .default(64 * MiB)
    .describe('Most bytes a day that visitors without an account may have recorded at desks, all together'),
  DESK_BUDGET_ADDRESS: size(1, '8MiB')
    .default(8 * MiB)
    .describe('Most bytes a day that visitors of one address may have recorded at desks, through one process'),
  MIN_FREE: size(0, '256MiB')
    .default(256 * MiB)
    .describe('Bytes that must be free where the files lie, or no file is taken; 0: no limit'),
  MIN_FREE_MESSAGES: size(0, '32MiB')
    .default(32 * MiB)
    .describe('Bytes that must be free in DATA_DIR, or nothing is recorded; 0: no limit'),
  MAX_BODY: size(1, '256KiB')
    .default(256 * 1024)
    .describe('Largest JSON or form body, in bytes'),
  MAX_LIST: size(1, '32MiB')
    .default(32 * MiB)
    .describe('Most bytes of the lists in one answer of a foreign API; a longer list keeps its newest items'),
  MAX_FRAME: size(1, '128KiB')
    .default(128 * 1024)
    .describe('Largest frame from a native socket, in bytes'),
  MAX_UNDER_WAY: size(1, '128MiB')
    .default(128 * MiB)
    .describe('Most bytes of unfinished and waiting messages from all sockets'),
  MAX_BUFFER: size(1, '1MiB').default(MiB).describe('Most bytes that wait for a socket that does not read'),
  MAX_BUFFERED: size(1, '128MiB')
    .default(128 * MiB)
    .describe('Most bytes that wait for all clients that do not read'),
  MAX_CONNECTIONS: whole(1, COUNT, 1000)
    .optional()
    .describe('Most connections at once; never more than the descriptor limit of the process allows'),
  MIN_RATE: size(1, '4KiB')
    .default(4096)
    .describe('Bytes per second that a client must move while it sends a body or reads an answer'),
  MAX_STALL: amount('seconds', 3600, 30)
    .default(30)
    .describe('Seconds that a client may fall behind MIN_RATE before its connection is closed'),
  MAX_SOCKETS: whole(1, COUNT, 50000).default(50_000).describe('Most sockets at once'),
  MAX_ADDRESS_SOCKETS: whole(1, COUNT, 1000)
    .default(1000)
    .describe('Most sockets at once of one address that no account has'),
  VIEW_CHECK: whole(0, 100, 2)
    .default(2)
    .describe('Percent of one processor that the check of views and log in the background may take; 0: no check'),
  BCRYPT_COST: whole(4, 15, 10).default(10).describe('Cost of password hashes'),
  TRUSTED_PROXIES: list
    .default([])
    .refine(areNetworks, 'must be addresses and networks, separated by commas, such as 10.0.0.0/8')
    .describe('Proxies whose Forwarded or X-Forwarded-For says where a client is'),
  LIMITS: either('on', 'off').default('on').describe('off: no limit by rate is in force'),
  ...limitSettings,
});
