// Gives integer ids from blocks that the process reserves in the log.

import type { Meta } from '../domain/events.ts';
import { type NumberKind, numbers, reserveNumbers } from '../domain/numbers.ts';
import type { Ledger } from './ledger.ts';

/** One row of numbers for all its kinds. Each kind has a stream of its own, and a block is reserved in every one of them. */
interface Counter {
  readonly kinds: readonly NumberKind[];
  /** Numbers of the first block. Each block has twice as many as the one before. */
  readonly block: number;
}

/** A message goes to a person or to a conversation: its receiver is one of them, by the number alone (decision 36). */
const receivers: Counter = { kinds: ['user', 'conversation'], block: 20 };

const counters: Readonly<Record<NumberKind, Counter>> = {
  user: receivers,
  conversation: receivers,
  file: { kinds: ['file'], block: 20 },
  message: { kinds: ['message'], block: 200 },
};

const LARGEST_BLOCK = 5_000;

interface Block {
  next: number;
  last: number;
  size: number;
  reserving: Promise<void> | undefined;
}

const meta: Meta = { actorId: null, correlationId: 'numbers' };

export type NumberSource = ReturnType<typeof createNumbers>;

export const createNumbers = (ledger: Pick<Ledger, 'load' | 'transact'>) => {
  const blocks = new Map<Counter, Block>();

  /**
   * Reserves `count` numbers above all that are taken in any of the streams. Returns the first of them; undefined: another
   * process, which may be of a version that counted each kind apart, reserved some meanwhile.
   */
  const take = async (kinds: readonly NumberKind[], count: number): Promise<number | undefined> => {
    const taken = await Promise.all(kinds.map((kind) => ledger.load(numbers, kind)));
    const upTo = Math.max(...taken.map((state) => state.upTo));
    for (const kind of kinds) {
      const { events } = await ledger.transact(numbers, kind, meta, (state) =>
        state.upTo > upTo ? [] : reserveNumbers({ upTo }, kind, count),
      );
      if (events.length === 0) return undefined;
    }
    return upTo + 1;
  };

  const reserve = async ({ kinds }: Counter, block: Block): Promise<void> => {
    let first: number | undefined;
    while (first === undefined) first = await take(kinds, block.size);
    block.next = first;
    block.last = first + block.size - 1;
    block.size = Math.min(block.size * 2, LARGEST_BLOCK);
  };

  return {
    /** The next number of its kind. No process gives it again. Numbers that a crash leaves unused stay unused. */
    next: async (kind: NumberKind): Promise<number> => {
      const counter = counters[kind];
      const block = blocks.get(counter) ?? { next: 1, last: 0, size: counter.block, reserving: undefined };
      blocks.set(counter, block);
      while (block.next > block.last) {
        block.reserving ??= reserve(counter, block).finally(() => {
          block.reserving = undefined;
        });
        await block.reserving;
      }
      return block.next++;
    },
  };
};
