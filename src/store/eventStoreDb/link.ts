// One client of the node and what hangs on it.

import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { appendLane, type GrpcClient } from './appendLane.ts';

/** Milliseconds given to a client to end its calls. */
const PATIENCE = 500;

/** @throws Error the client does not take the address */
export const clientOf = (url: string): EventStoreDBClient => {
  try {
    return EventStoreDBClient.connectionString(url);
  } catch (error) {
    if (!(error instanceof Error && 'connectionString' in error)) throw error;
    // The client's own error has the whole address in it, with the password.
    throw new Error(
      'EVENTSTORE_URL: the client of EventStoreDB takes no such address. Write each host as a name or as an IPv4 address, such as ' +
        'esdb://db.example.org:2113',
    );
  }
};

export type Link = ReturnType<typeof openLink>;

/** @throws Error the client does not take the address. */
export const openLink = (url: string) => {
  const client = clientOf(url);
  const grpc = client as unknown as GrpcClient;
  const lost = new AbortController();
  // A client that was given up opens no connection any more: neither for a call that comes late, nor to close it.
  const refuse = (): void => void Object.assign(client, { createChannel: () => Promise.reject(lost.signal.reason) });
  lost.signal.addEventListener('abort', refuse, { once: true });
  return {
    client: grpc,
    append: appendLane(grpc, lost.signal),
    /** Aborted when the client is given up. */
    lost: lost.signal,
    /** Gives the client up: ends its calls and closes its connection. Never rejects. */
    end: async (cause: unknown): Promise<void> => {
      lost.abort(cause);
      // A broken client throws, or never says that its calls have ended. It leaves its connection open by itself.
      await Promise.race([client.dispose(), delay(PATIENCE, undefined, { ref: false })]).catch(() => undefined);
      const channel = grpc.getChannel().then((opened) => opened.close());
      await Promise.race([channel, delay(PATIENCE, undefined, { ref: false })]).catch(() => undefined);
    },
  };
};
