// A command, declared once. Every way in calls it with the wish. It does the rest in one order: parse, count against the
// limits, find the target, answer a retry, find the actor, carry out. Only this file turns a key into ids, so no route,
// frame or dialect can use a key for anything else.

import type { z } from 'zod';
import type { Aggregate, AppendOnly } from '../domain/aggregate.ts';
import type { Meta } from '../domain/events.ts';
import { type RefusalCode, Refused } from '../domain/refused.ts';
import { checkScope } from '../domain/scopes.ts';
import type { Costs } from '../limits/table.ts';
import { metasFor, type Origin, whoOf } from './context.ts';
import { actorOf, type Core, type Done, idFor, signedIn } from './core.ts';
import type { Access, Command, Declaration, Target } from './declaration.ts';
import type { Receipt } from './receiptAt.ts';

export const existing = (aggregate: Aggregate<unknown> | AppendOnly, id: string): Target => ({ aggregate, id });
export const wanted = (aggregate: Aggregate<unknown>, ...asks: (string | null)[]): Target => ({ aggregate, asks });

const isReused = (error: unknown): boolean => error instanceof Refused && error.code === 'command-key-reused';

const doneBy = ({ position, revision, at: recordedAt }: Receipt): Done => ({ position, revision, recordedAt });

const always: Readonly<Record<Access, readonly RefusalCode[]>> = {
  public: ['command-key-reused', 'conflict'],
  user: ['command-key-reused', 'conflict', 'scope-missing', 'signed-out'],
};

export const command = <Input extends z.ZodType, Made extends object = object, Who extends Access = 'user'>(
  declaration: Declaration<Input, Made, Who>,
): Command<Input, Made> => {
  const { input, target, makes, carryOut } = declaration;
  const access: Access = declaration.access ?? 'user';
  const scope = declaration.scope ?? null;
  const { costs = access === 'user' ? { commands: 1 } : {} } = declaration;
  const costsOf = typeof costs === 'function' ? costs : () => costs;

  const takeAs = async (core: Core, aim: Target, meta: Meta) => {
    const { aggregate } = aim;
    const id = 'id' in aim ? aim.id : idFor(core, meta, 'stream');
    const made = (makes?.(id, (what) => idFor(core, meta, what)) ?? {}) as Made;
    const receipt = await ('evolve' in aggregate
      ? core.ledger.receiptOf(aggregate, id, meta)
      : core.messages.receiptOf(aggregate, id, meta));
    const begins = 'asks' in aim && meta.commandId === undefined ? aim.aggregate : undefined;
    return { meta, id, made, begins, receipt };
  };

  /** A retry as it was recorded, or else the new command. */
  const take = async (core: Core, origin: Origin, wish: z.output<Input>, costing: Costs) => {
    const actorId = access === 'user' ? signedIn(origin.actorId) : origin.actorId;
    core.limits.count(origin.keyed === undefined ? costing : { ...costing, keys: 1 }, origin);
    checkScope(origin.scopes ?? null, scope);
    const aim = target(wish, { actorId: actorId as never, core });
    let [newest, refusal]: [Awaited<ReturnType<typeof takeAs>> | undefined, unknown] = [undefined, undefined];
    for (const meta of metasFor(origin, 'id' in aim ? aim.aggregate.stream(aim.id) : JSON.stringify(aim.asks)))
      try {
        const taken = await takeAs(core, aim, meta);
        if (taken.receipt) return taken;
        newest ??= taken;
      } catch (error) {
        // By an older secret it may be the same command.
        if (!isReused(error)) throw error;
        refusal ??= error;
      }
    if (newest === undefined || refusal !== undefined) throw refusal;
    return newest;
  };

  const carriedOut = async (core: Core, origin: Origin, wish: z.output<Input>): Promise<Done & Made> => {
    const { meta, id, made, begins, receipt } = await take(core, origin, wish, costsOf(wish));
    if (receipt) return { ...made, ...doneBy(receipt) };
    const actor = access === 'user' ? await actorOf(core, meta) : undefined;
    if (begins) core.ledger.begin(begins, id);
    try {
      return { ...made, ...(await carryOut(core, meta, wish, { ...made, id, actor: actor as never, origin })) };
    } catch (error) {
      // A wrong password, say: nobody will ever ask for this stream, so it must not take the place of one in use.
      if (begins) core.ledger.forget(begins, id);
      throw error;
    }
  };

  const parsed = async (core: Core, origin: Origin, wish: z.output<Input>): Promise<Done & Made> => {
    try {
      return await carriedOut(core, origin, wish);
    } catch (error) {
      core.security.refused(error, whoOf(origin));
      throw error;
    }
  };

  const perform = async (core: Core, origin: Origin, given: z.input<Input>) => parsed(core, origin, input.parse(given));
  return Object.assign(perform, {
    input,
    access,
    scope,
    refuses: [...declaration.refuses, ...always[access]],
    parsed,
    earlier: async (core: Core, origin: Origin, given: z.input<Input>) => {
      const { made, receipt } = await take(core, origin, input.parse(given), {});
      return receipt && { ...made, ...doneBy(receipt) };
    },
    narrowed: <Less extends z.ZodType<z.output<Input>>>(less: Less) =>
      command({ ...declaration, input: less } as unknown as Declaration<Less, Made, Who>),
  });
};
