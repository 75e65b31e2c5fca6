// Gives integer ids from blocks that the process reserves in the log.

import type { Meta } from '../domain/events.ts';
import { type NumberKind, numbers, reserveNumbers } from '../domain/numbers.ts';
import type { Ledger } from './ledger.ts';

const BLOCK: Record<NumberKind, number> = { user: 20, conversation: 10, file: 20, message: 200 };
const LARGEST_BLOCK = 5_000;

interface Block {
  next: number;
  last: number;
  size: number;
  reserving: Promise<void> | undefined;
}

const meta: Meta = { actorId: null, correlationId: 'numbers' };

export type NumberSource = ReturnType<typeof createNumbers>;

export const createNumbers = (ledger: Ledger) => {
  const blocks = new Map<NumberKind, Block>();

  const reserve = async (kind: NumberKind, block: Block): Promise<void> => {
    const { events } = await ledger.transact(numbers, kind, meta, (state) => reserveNumbers(state, kind, block.size));
    const [reserved] = events;
    if (reserved?.type !== 'NumbersReserved') throw new Error('no numbers were reserved');
    block.last = reserved.data.upTo;
    block.next = block.last - block.size + 1;
    block.size = Math.min(block.size * 2, LARGEST_BLOCK);
  };

  return {
    /** The next number of its kind. No process gives it again. Numbers that a crash leaves unused stay unused. */
    next: async (kind: NumberKind): Promise<number> => {
      const block = blocks.get(kind) ?? { next: 1, last: 0, size: BLOCK[kind], reserving: undefined };
      blocks.set(kind, block);
      while (block.next > block.last) {
        block.reserving ??= reserve(kind, block).finally(() => {
          block.reserving = undefined;
        });
        await block.reserving;
      }
      return block.next++;
    },
  };
};
