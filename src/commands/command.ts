// A command, declared: what it takes, which target its key belongs to, what it makes, and how it is carried out.
//
// The target stands in the declaration, and this function alone turns a key into ids. So no route, frame or dialect can
// use a key for anything else, and every retry is answered before anything else is looked at.

import type { z } from 'zod';
import type { Aggregate, AppendOnly } from '../domain/aggregate.ts';
import type { Meta } from '../domain/events.ts';
import { metaFor, type Origin } from './context.ts';
import { type Core, type Done, idFor } from './core.ts';

export type Target =
  /** The stream that the command writes. */
  | { readonly aggregate: Aggregate<unknown> | AppendOnly; readonly id: string }
  /** What a command asks for whose stream does not exist yet. */
  | { readonly aggregate: Aggregate<unknown>; readonly asks: readonly (string | null)[] };

export const existing = <State>(aggregate: Aggregate<State> | AppendOnly, id: string): Target => ({
  aggregate: aggregate as Aggregate<unknown> | AppendOnly,
  id,
});

export const wanted = <State>(aggregate: Aggregate<State>, ...asks: (string | null)[]): Target => ({
  aggregate: aggregate as Aggregate<unknown>,
  asks,
});

export interface Declaration<Input, Wish, Made extends object> {
  readonly input: z.ZodType<Wish, Input>;
  /** @throws Refused where the wish names no target */
  readonly target: (wish: Wish, from: { readonly actorId: string | null; readonly core: Core }) => Target;
  /**
   * What the answer holds beside the position. `id`: of the target's stream; `idOf`: the id of something else that the
   * command makes. Both are the same for a retry.
   */
  readonly makes?: (id: string, idOf: (what: string) => string) => Made;
  /** `id`: of the target's stream. Called only for commands that were not recorded before. */
  readonly carryOut: (core: Core, meta: Meta, wish: Wish, made: Made & { id: string }) => Promise<Done & Partial<Made>>;
}

export interface Command<Input, Made extends object> {
  (core: Core, origin: Origin, given: Input): Promise<Done & Made>;
  /** What the command answered when it first came under its key. Undefined: it did not, or has no key. */
  readonly earlier: (core: Core, origin: Origin, given: Input) => Promise<(Done & Made) | undefined>;
}

/** The command throws what `carryOut` throws, ZodError, and Refused `command-key-reused`. */
export const command = <Input, Wish, Made extends object = Record<never, never>>({
  input,
  target,
  makes,
  carryOut,
}: Declaration<Input, Wish, Made>): Command<Input, Made> => {
  const take = async (core: Core, origin: Origin, given: Input) => {
    const wish = input.parse(given);
    const aim = target(wish, { actorId: origin.actorId, core });
    const { aggregate } = aim;
    const meta = metaFor(origin, 'id' in aim ? aggregate.stream(aim.id) : JSON.stringify(aim.asks));
    const id = 'id' in aim ? aim.id : idFor(core, meta, 'stream');
    const made = (makes?.(id, (what) => idFor(core, meta, what)) ?? {}) as Made;
    const receipt = await ('evolve' in aggregate
      ? core.ledger.receiptOf(aggregate, id, meta)
      : core.messages.receiptOf(id, meta));
    const earlier = receipt && { ...made, position: receipt.position, recordedAt: receipt.at };
    return { wish, meta, made: { ...made, id }, earlier };
  };
  const perform = async (core: Core, origin: Origin, given: Input): Promise<Done & Made> => {
    const { wish, meta, made, earlier } = await take(core, origin, given);
    return earlier ?? { ...made, ...(await carryOut(core, meta, wish, made)) };
  };
  return Object.assign(perform, {
    earlier: async (core: Core, origin: Origin, given: Input) => (await take(core, origin, given)).earlier,
  });
};
