// What the composition root passes to everything that serves clients.

import type { Logger } from 'pino';
import type { Authenticator } from './commands/authenticate.ts';
import type { Core } from './commands/core.ts';
import type { LogIdentity } from './commands/logIdentity.ts';
import type { Config } from './config.ts';
import type { Decode } from './domain/codec.ts';
import type { Turns } from './http/turns.ts';
import type { AddressOf } from './limits/clientAddress.ts';
import type { OutputBudget } from './limits/outputBudget.ts';
import type { Metrics } from './metrics.ts';
import type { Presence } from './presence/presence.ts';
import type { QueriesAt } from './projections/past/queries.ts';
import type { Progress } from './projections/progress.ts';
import type { SearchMessages } from './projections/queries/search.ts';
import type { Queries } from './projections/queries.ts';
import type { RebuildStatus } from './rebuilding.ts';
import type { Ephemera, History } from './store/ports.ts';

export interface Services {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly core: Core;
  readonly queries: Queries;
  readonly search: SearchMessages;
  /** The same queries on the past. */
  readonly queriesAt: QueriesAt;
  /** The position at which the log stood at an ISO time in UTC. */
  readonly positionAt: (time: string) => Promise<number>;
  /** How far the views are. */
  readonly progress: Progress;
  readonly authenticator: Authenticator;
  /** The address of the client that sent a request. */
  readonly addressOf: AddressOf;
  readonly events: History;
  readonly ephemera: Ephemera;
  readonly presence: Presence;
  /** Decodes each event once for all followers of the log. */
  readonly decode: Decode;
  /** Of what waits for all clients, over HTTP and over sockets. */
  readonly output: OutputBudget;
  /** Limits how many long lists are read at once. */
  readonly turns: Turns;
  /** Limits how many look for messages at once. No slow client holds one of these turns: they end before the answer leaves. */
  readonly searches: Turns;
  /** Limits how many follow the log at once for as long as they like. */
  readonly followers: Turns;
  /** Aborts when the process stops: answers without an end end here. */
  readonly ending: AbortSignal;
  readonly logIdentity: LogIdentity;
  /** Rebuilds of the views, as admins ask for them. `start` begins one, unless one runs. */
  readonly rebuilds: { readonly start: () => RebuildStatus; readonly status: () => RebuildStatus };
  /** The position at which the log ended when the program started. */
  readonly startHead: number;
  /** The position of the newest event that this process pushed to the user's sockets; 0 if there is none. */
  readonly pushedTo: (userId: string) => number;
  /** False: the process stops, or a part of it has stopped for good. Clients should go to another process. */
  readonly canServe: () => boolean;
  /** Why the program cannot serve fully at present; empty: it can. */
  readonly troubles: () => readonly string[];
  /** What should be mended before it is a trouble. */
  readonly warnings: () => readonly string[];
}
