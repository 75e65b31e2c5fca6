// What the composition root hands to everything that speaks to the outside.

import type { Logger } from 'pino';
import type { Authenticator } from './commands/authenticate.ts';
import type { Core } from './commands/core.ts';
import type { LogIdentity } from './commands/logIdentity.ts';
import type { Config } from './config.ts';
import type { Decode } from './domain/codec.ts';
import type { Turns } from './http/turns.ts';
import type { Metrics } from './metrics.ts';
import type { Progress } from './projections/progress.ts';
import type { Queries } from './projections/queries.ts';
import type { EventStore } from './store/ports.ts';

export interface Services {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly core: Core;
  readonly queries: Queries;
  /** How far the views are. */
  readonly progress: Progress;
  readonly authenticator: Authenticator;
  readonly events: EventStore;
  /** Shared by all that follow the log. */
  readonly decode: Decode;
  /** Of those who read long lists. */
  readonly turns: Turns;
  readonly logIdentity: LogIdentity;
  /** Where the log ended when the program started. */
  readonly startHead: number;
  /** Why the program cannot serve fully at present; empty when it can. */
  readonly troubles: () => readonly string[];
}

/** How long an answer waits for the views to take what was recorded, in milliseconds. Later it leaves all the same. */
export const VIEW_WAIT = 2000;
