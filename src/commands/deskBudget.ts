// The bytes that visitors without an account may have recorded in one day: of one address, and of all together. What all
// have together is reserved in the log, a block at a time as numbers are, so that it holds across processes and restarts.
// What one address has is only in memory: an address is nobody's business for ever.

import { LRUCache } from 'lru-cache';
import type { Meta } from '../domain/events.ts';
import { numbers, reserveNumbers } from '../domain/numbers.ts';
import { Refused } from '../domain/refused.ts';
import type { Ledger } from './ledger.ts';

export interface DeskBudgetOptions {
  readonly ledger: Pick<Ledger, 'transact'>;
  readonly now: () => Date;
  readonly bytes: { readonly address: number; readonly all: number };
}

/** Of all bytes of a day, the share of one block: a process that stops loses the rest of its block. */
const SHARE = 1 / 64;
/** Addresses in memory. Beyond, those that were silent longest begin anew. */
const REMEMBERED = 10_000;

const meta: Meta = { actorId: null, correlationId: 'desk budget' };

export type DeskBudget = ReturnType<typeof createDeskBudget>;

export const createDeskBudget = ({ ledger, now, bytes }: DeskBudgetOptions) => {
  const spentBy = new LRUCache<string, number>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });
  const block = Math.ceil(bytes.all * SHARE);
  let day = '';
  /** Reserved, and not spent yet. */
  let left = 0;
  let taking: Promise<void> = Promise.resolve();

  const beginDay = (): void => {
    const today = now().toISOString().slice(0, 10);
    if (today === day) return;
    day = today;
    left = 0;
    spentBy.clear();
  };

  /** Takes bytes of the day from what this process has reserved, and reserves more if that is too little. */
  const take = async (wanted: number): Promise<void> => {
    const [of, kind] = [day, `desk-bytes-${day}`];
    if (left < wanted) {
      let granted = 0;
      await ledger.transact(numbers, kind, meta, ({ upTo }) => {
        granted = Math.max(0, Math.min(Math.max(block, wanted - left), bytes.all - upTo));
        return granted > 0 ? reserveNumbers({ upTo }, kind, granted) : [];
      });
      if (of === day) left += granted;
    }
    if (left < wanted) throw new Refused('quota-exceeded');
    left -= wanted;
  };

  return {
    /** `address`: null: not known. @throws Refused `quota-exceeded` */
    spend: async (address: string | null, wanted: number): Promise<void> => {
      beginDay();
      const spent = address === null ? 0 : (spentBy.get(address) ?? 0);
      if (spent + wanted > bytes.address) throw new Refused('quota-exceeded');
      if (address !== null) spentBy.set(address, spent + wanted);
      taking = taking.catch(() => undefined).then(() => take(wanted));
      await taking;
    },
  };
};
