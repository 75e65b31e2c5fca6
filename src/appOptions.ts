// Options of the program that no setting has: tests set them, and a server that starts anew on another log.

import type { Logger } from 'pino';
import type { Passwords } from './auth/passwords.ts';
import type { Config } from './config.ts';
import type { Dialect } from './dialects/dialect.ts';
import type { LogOutput } from './logOutput.ts';
import type { Stores } from './stores.ts';

export interface AppOptions {
  /** Opens the stores that the settings name. */
  readonly openStores?: (config: Config) => Promise<Stores>;
  /** The foreign APIs among which `DIALECTS` chooses. */
  readonly dialects?: readonly Dialect[];
  readonly now?: () => Date;
  readonly log?: Logger;
  /** Standard output, which seals share with the log. */
  readonly output?: LogOutput;
  /** Replaces the thread that hashes passwords. Closed with the program. */
  readonly passwords?: Passwords;
  /** Milliseconds that an answer waits for the views; then it leaves without them. */
  readonly viewWait?: number;
  /** Milliseconds between two looks at the room on the disk. */
  readonly lookEvery?: number;
  /** The id of the log that the program knew before it found another one. */
  readonly replaced?: string;
  /** Milliseconds between two checks of the views. */
  readonly checkEvery?: number | undefined;
  /** Milliseconds between two moments at which changes of presence are told. */
  readonly presenceEvery?: number;
  /** Milliseconds between two looks at what the security log should record. */
  readonly recordEvery?: number;
}
