// Bounds the bytes of clients' messages in memory: begun, waiting, in work. A socket that takes too much is closed.

import { CLOSE } from '../protocol.ts';

/** A socket, as far as it holds bytes of messages. */
export interface Holder {
  /** Bytes that closing it frees. */
  readonly held: number;
  /** Bytes that are free only once the frame in work is carried out, even if the socket is closed. */
  readonly inWork: number;
  /** It holds a part of a message, and the rest does not come. */
  readonly isStalled: boolean;
  readonly isOpen: boolean;
  end(code: number): void;
  /** Frees at once what it holds, and notes that here. */
  terminate(): void;
}

/** Whose share a socket counts to: its account's, or its address's before the sign-in. */
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

  /** Notes what a socket holds now. A socket that signs in first notes 0 for its address. */
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

/** Closes one socket. If it is closing already, terminates it: then its bytes are free, and this is true. */
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

/** A socket that is closing comes first, then a stalled one, then the largest of the largest share. */
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
