// Bounds the bytes that wait for clients to read them, over all connections of the process. If too many wait, it closes connections
// of clients that read too slowly, those of the greediest first.

/** The sending side of a connection. */
export interface Outgoing {
  /** The account that it is of, or the network. */
  readonly owner: string;
  /** Bytes that wait. */
  readonly waiting: number;
  readonly isOpen: boolean;
  /** Closes it, and tells the client why if that still reads. */
  endSlow(): void;
  /** Closes it. Nothing waits from then on. */
  terminate(): void;
}

/** What was written at once: the same object wherever it was written. */
interface Written {
  readonly length: number;
}

/** What waits in one connection, the oldest first. */
interface Queue {
  readonly written: { readonly what: Written; readonly at: number }[];
  bytes: number;
}

/** Bytes that waiting costs beside the bytes that wait. */
const KEEPING = 400;
/** Milliseconds for which a quick client's bytes wait at most. */
const QUICK = 1000;
/** The share of the limit at which connections are closed, and the share that is left to the others. */
const CLOSE = { from: 3 / 4, to: 5 / 8 };
/** The share of the limit that may come until the next look at all connections. */
const STEP = 1 / 16;

/** Bytes in memory: what waits in several connections is there once. */
class SharedBytes {
  readonly #holders = new Map<Written, number>();
  all = 0;

  add(what: Written): void {
    const others = this.#holders.get(what) ?? 0;
    this.#holders.set(what, others + 1);
    this.all += KEEPING + (others === 0 ? what.length : 0);
  }

  remove(what: Written): void {
    const others = this.#holders.get(what)! - 1;
    if (others === 0) this.#holders.delete(what);
    else this.#holders.set(what, others);
    this.all -= KEEPING + (others === 0 ? what.length : 0);
  }
}

export type OutputBudget = ReturnType<typeof createOutputBudget>;

/** `MAX_BUFFERED`: bytes of all connections; there is room for two of the fullest. `MAX_BUFFER`: most bytes of one. */
export const createOutputBudget = (
  { MAX_BUFFERED, MAX_BUFFER }: Readonly<Record<'MAX_BUFFERED' | 'MAX_BUFFER', number>>,
  now = (): number => performance.now(),
) => {
  const limit = Math.max(MAX_BUFFERED, 2 * MAX_BUFFER);
  const queues = new Map<Outgoing, Queue>();
  const inMemory = new SharedBytes();
  let lookAt = limit * CLOSE.from;
  let isDue = false;

  const forget = (client: Outgoing): void => {
    for (const { what } of queues.get(client)?.written ?? []) inMemory.remove(what);
    queues.delete(client);
  };

  /** Frees what has left. */
  const settle = (client: Outgoing, queue: Queue): void => {
    const { waiting } = client;
    let count = 0;
    for (const { what } of queue.written) {
      if (queue.bytes - what.length < waiting) break;
      queue.bytes -= what.length;
      inMemory.remove(what);
      count++;
    }
    if (count > 0) queue.written.splice(0, count);
    if (queue.written.length === 0) queues.delete(client);
  };

  /** Slow clients come first, then those whose account or network has most, then those for whom most waits. */
  const greediestFirst = (clients: readonly Outgoing[]): readonly Outgoing[] => {
    const slow = now() - QUICK;
    const shares = new Map<string, number>();
    const ranks = clients.map((client) => {
      const { owner } = client;
      const { bytes, written } = queues.get(client)!;
      shares.set(owner, (shares.get(owner) ?? 0) + bytes);
      return { client, owner, bytes, isSlow: Number(written[0]!.at < slow) };
    });
    const byRank = (one: (typeof ranks)[number], other: (typeof ranks)[number]): number =>
      other.isSlow - one.isSlow || shares.get(other.owner)! - shares.get(one.owner)! || other.bytes - one.bytes;
    return ranks.toSorted(byRank).map(({ client }) => client);
  };

  const endGreediest = (clients: readonly Outgoing[]): void => {
    const open = new SharedBytes();
    for (const client of clients) for (const { what } of queues.get(client)!.written) open.add(what);
    if (open.all <= limit * CLOSE.from) return;
    for (const client of greediestFirst(clients)) {
      if (open.all <= limit * CLOSE.to) return;
      for (const { what } of queues.get(client)!.written) open.remove(what);
      client.endSlow();
    }
  };

  /** Clients that are being closed have some time to read why, as long as there is room. */
  const look = (): void => {
    for (const [client, queue] of queues) settle(client, queue);
    if (inMemory.all > limit * CLOSE.from) endGreediest([...queues.keys()].filter(({ isOpen }) => isOpen));
    for (const client of [...queues.keys()].filter(({ isOpen }) => !isOpen)) {
      if (inMemory.all <= limit * (1 - STEP)) break;
      client.terminate();
      forget(client);
    }
    lookAt = Math.max(limit * CLOSE.from, inMemory.all + limit * STEP);
  };

  /** Not at once: the fan-out first notes of each subscriber how far it has received. */
  const lookSoon = (): void => {
    if (inMemory.all <= lookAt || isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      look();
    });
  };

  const add = (client: Outgoing, what: Written): void => {
    const queue = queues.get(client) ?? { written: [], bytes: 0 };
    queues.set(client, queue);
    queue.written.push({ what, at: now() });
    queue.bytes += what.length;
    inMemory.add(what);
    lookSoon();
  };

  return {
    /** Bytes that wait, or did at the last look. */
    get all(): number {
      return inMemory.all;
    },
    /** This was written just now, and did not leave at once. */
    wrote: add,
    /** So many bytes were written to the client's connection since the last note. Some of them may have left. */
    note: (client: Outgoing, bytes: number): void => {
      const length = Math.min(bytes, client.waiting);
      if (length === 0) return;
      add(client, { length });
      settle(client, queues.get(client)!);
    },
    /** The connection is gone. */
    forget,
    /** To be called from time to time: what has left is not in memory any more. */
    look,
  };
};
