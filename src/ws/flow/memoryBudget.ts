// Bounds the bytes of clients' messages in memory: incomplete, waiting and in work. Closes sockets that take too much.

import { CLOSE } from '../protocol.ts';

/** The receiving side of a socket. */
export interface Holder {
  /** Bytes that are free when the socket is closed. */
  readonly held: number;
  /** Bytes that are free only once the frame in work is carried out, even if the socket is closed. */
  readonly inWork: number;
  /** It has a part of a message, and the rest does not come. */
  readonly isStalled: boolean;
  readonly connection: {
    readonly isOpen: boolean;
    end(code: number): void;
    /** Frees the `held` bytes at once, and notes that here. */
    terminate(): void;
  };
}

/** The account of a socket, or its address before the sign-in. */
export interface Owner {
  readonly kind: 'account' | 'address';
  readonly name: string;
}

interface Share {
  readonly owner: Owner;
  readonly holders: Map<Holder, number>;
  bytes: number;
}

const isAbove = (one: readonly number[], other: readonly number[]): boolean => {
  const at = one.findIndex((value, i) => value !== other[i]);
  return at >= 0 && one[at]! > (other[at] ?? -1);
};

/** A closing socket comes first, then a stalled one, then the largest of the largest share. */
const greediest = (shares: Iterable<Share>): Holder | undefined => {
  let found: Holder | undefined;
  let most: readonly number[] = [];
  for (const { bytes, holders } of shares)
    for (const holder of holders.keys()) {
      if (holder.held === 0) continue;
      const rank = [Number(!holder.connection.isOpen), Number(holder.isStalled), bytes, holder.held];
      if (isAbove(rank, most)) [found, most] = [holder, rank];
    }
  return found;
};

/** Closes one socket. If it is closing already, terminates it: then its bytes are free, and this is true. */
const givesBack = (shares: Iterable<Share>, code: number): boolean => {
  const connection = greediest(shares)?.connection;
  if (connection === undefined) return false;
  const { isOpen } = connection;
  if (isOpen) connection.end(code);
  else connection.terminate();
  return !isOpen;
};

export type MemoryBudget = ReturnType<typeof createMemoryBudget>;

/** `limits`: most bytes of all sockets, of one account, and of one address. */
export const createMemoryBudget = (limits: Readonly<Record<'all' | Owner['kind'], number>>) => {
  const shares = new Map<string, Share>();
  let all = 0;

  const keepLimits = (share: Share): void => {
    while (share.bytes > limits[share.owner.kind] && givesBack([share], CLOSE.policy));
    while (all > limits.all && givesBack(shares.values(), CLOSE.tryLater));
  };

  return {
    /** Bytes of all sockets. */
    get all(): number {
      return all;
    },
    /** Notes the present bytes of a socket. A socket that signs in first notes 0 for its address. */
    note: (holder: Holder, owner: Owner, bytes: number = holder.held + holder.inWork): void => {
      const share = shares.get(owner.name) ?? { owner, holders: new Map<Holder, number>(), bytes: 0 };
      const more = bytes - (share.holders.get(holder) ?? 0);
      if (more === 0) return;
      if (bytes === 0) share.holders.delete(holder);
      else share.holders.set(holder, bytes);
      share.bytes += more;
      all += more;
      if (share.holders.size === 0) shares.delete(owner.name);
      else shares.set(owner.name, share);
      if (more > 0) keepLimits(share);
    },
  };
};
