// Hands each new event of the log to every live subscription, in order.

import type { NodeEvent } from './nodeEvent.ts';
import type { NodeLog } from './nodeLog.ts';

export interface LiveReader {
  take(events: readonly NodeEvent[]): void;
  /** Ends the subscription as the node ends that of a slow reader. */
  drop(): void;
}

export interface LiveFeed {
  /** Position of the last event handed out. */
  position(): number;
  /** Events that may wait for a reader that takes none. */
  buffer(): number;
  join(reader: LiveReader): () => void;
  dropAll(): void;
  /** Hands nothing out, and all of it later. */
  hold(isHeld: boolean): void;
}

export const startLiveFeed = async (log: NodeLog, buffer: () => number, signal: AbortSignal): Promise<LiveFeed> => {
  const readers = new Set<LiveReader>();
  let position = await log.head();
  let held: NodeEvent[] | undefined;

  const run = async (): Promise<void> => {
    for await (const events of log.follow(position, signal)) {
      position = events.at(-1)?.position ?? position;
      if (held) held.push(...events);
      else for (const reader of [...readers]) reader.take(events);
    }
  };
  void run();

  return {
    position: () => position,
    buffer,
    join(reader) {
      readers.add(reader);
      return () => {
        readers.delete(reader);
      };
    },
    hold(isHeld) {
      const due = held ?? [];
      held = isHeld ? due : undefined;
      if (!isHeld) for (const reader of [...readers]) reader.take(due);
    },
    dropAll() {
      for (const reader of [...readers]) reader.drop();
    },
  };
};
