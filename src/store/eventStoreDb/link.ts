// One client of the node and what hangs on it.

import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { AppendLane, type GrpcClient } from './appendLane.ts';

export interface Link {
  readonly client: EventStoreDBClient;
  readonly appends: AppendLane;
  /** Aborted when the client is given up. */
  readonly lost: AbortSignal;
  /** Gives the client up: ends its calls and closes its connection. Never rejects. */
  end(cause: unknown): Promise<void>;
}

/** Milliseconds given to a client to end its calls. */
const PATIENCE = 2000;

/** @throws Error the address is none the client takes. */
export const openLink = (url: string, now: () => Date): Link => {
  const client = EventStoreDBClient.connectionString(url);
  const grpc = client as unknown as GrpcClient;
  const lost = new AbortController();
  return {
    client,
    appends: new AppendLane(grpc, lost.signal, now),
    lost: lost.signal,
    end: async (cause) => {
      lost.abort(cause);
      // A client that is broken throws. It leaves its connection open by itself; there may be none.
      await Promise.race([client.dispose(), delay(PATIENCE, undefined, { ref: false })]).catch(() => undefined);
      const closing = grpc.getChannel().then((channel) => channel.close());
      await closing.catch(() => undefined);
    },
  };
};
