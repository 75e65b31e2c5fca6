// How much of clients' messages is in memory: begun, waiting, in work. Whoever takes more than their part is closed.

import { CLOSE } from '../protocol.ts';

/** A socket, as far as it holds bytes of messages. */
export interface Holder {
  /** Bytes that are given back when it is closed. */
  readonly held: number;
  /** Bytes that are given back once they are worked off, whatever becomes of the socket. */
  readonly inWork: number;
  /** The message that it holds a part of does not come on. */
  readonly isStalled: boolean;
  readonly isOpen: boolean;
  end(code: number): void;
  /** Gives back at once what it holds, and says so. */
  terminate(): void;
}

/** Who a socket belongs to: an account, or an address as long as nobody has signed in. */
export interface Owner {
  readonly kind: 'account' | 'address';
  readonly name: string;
}

/** Bytes. */
export interface MemoryLimits {
  readonly all: number;
  readonly account: number;
  readonly address: number;
}

interface Share {
  readonly owner: Owner;
  readonly holders: Map<Holder, number>;
  bytes: number;
}

export class MemoryBudget {
  readonly #limits: MemoryLimits;
  readonly #shares = new Map<string, Share>();
  #all = 0;

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
  }

  get all(): number {
    return this.#all;
  }

  /** Takes note of what a socket holds now; of a socket that signs in, what it held for its address is let go first. */
  note(holder: Holder, owner: Owner, bytes = holder.held + holder.inWork): void {
    const share = this.#shares.get(owner.name) ?? { owner, holders: new Map<Holder, number>(), bytes: 0 };
    const more = bytes - (share.holders.get(holder) ?? 0);
    if (more === 0) return;
    if (bytes === 0) share.holders.delete(holder);
    else share.holders.set(holder, bytes);
    share.bytes += more;
    this.#all += more;
    if (share.holders.size === 0) this.#shares.delete(owner.name);
    else this.#shares.set(owner.name, share);
    if (more > 0) this.#keepLimits(share);
  }

  #keepLimits(share: Share): void {
    while (share.bytes > this.#limits[share.owner.kind] && givesBack([share], CLOSE.policy));
    while (this.#all > this.#limits.all && givesBack(this.#shares.values(), CLOSE.tryLater));
  }
}

/**
 * Closes one socket. One that is closing already, and still holds its bytes while its client reads why, gives them back
 * now: true.
 */
const givesBack = (shares: Iterable<Share>, code: number): boolean => {
  const holder = greediest(shares);
  if (holder === undefined) return false;
  if (holder.isOpen) {
    holder.end(code);
    return false;
  }
  holder.terminate();
  return true;
};

/** Whoever is closing comes first, then whoever does not come on, then the largest of who holds most. */
const greediest = (shares: Iterable<Share>): Holder | undefined => {
  let found: Holder | undefined;
  let most: readonly number[] = [];
  for (const { bytes, holders } of shares)
    for (const holder of holders.keys()) {
      if (holder.held === 0) continue;
      const rank = [Number(!holder.isOpen), Number(holder.isStalled), bytes, holder.held];
      if (found !== undefined && !isAbove(rank, most)) continue;
      found = holder;
      most = rank;
    }
  return found;
};

const isAbove = (one: readonly number[], other: readonly number[]): boolean => {
  const at = one.findIndex((value, i) => value !== other[i]);
  return at >= 0 && one[at]! > other[at]!;
};
