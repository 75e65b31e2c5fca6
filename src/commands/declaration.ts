// What a command declares, and what its callers get.

import type { z } from 'zod';
import type { Aggregate, AppendOnly } from '../domain/aggregate.ts';
import type { Meta, Scope } from '../domain/events.ts';
import type { RefusalCode } from '../domain/refused.ts';
import type { User } from '../domain/user.ts';
import type { Costs } from '../limits/table.ts';
import type { Origin } from './context.ts';
import type { Core, Done } from './core.ts';

/** `id`: of the stream that the command writes. `asks`: what the command asks for if that stream does not exist. */
export type Target =
  | { readonly aggregate: Aggregate<unknown> | AppendOnly; readonly id: string }
  | { readonly aggregate: Aggregate<unknown>; readonly asks: readonly (string | null)[] };

/** `user`: signed-in users. `public`: anybody, and the program itself. */
export type Access = 'user' | 'public';

export interface Declaration<Input extends z.ZodType, Made extends object, Who extends Access> {
  readonly input: Input;
  /** Default: `user`. */
  readonly access?: Who;
  /** What the token of a bot needs for it. Default: no such token may do it. */
  readonly scope?: Scope;
  /** Refusals, in addition to those of every command with the same `access`. */
  readonly refuses: readonly RefusalCode[];
  /** What the limits count. Default: one command of the account; of a public command nothing. */
  readonly costs?: Costs | ((wish: z.output<Input>) => Costs);
  /** @throws Refused if the wish names no target */
  readonly target: (
    wish: z.output<Input>,
    from: { readonly actorId: Who extends 'user' ? string : string | null; readonly core: Core },
  ) => Target;
  /**
   * What the command returns in addition to `Done`. `id`: of the target's stream. `idOf`: makes the id of another thing
   * that the command creates. A retry gets the same ids.
   */
  readonly makes?: (id: string, idOf: (what: string) => string) => Made;
  /** Not called for a retry. `id`: of the target's stream. */
  readonly carryOut: (
    core: Core,
    meta: Meta,
    wish: z.output<Input>,
    made: Made & {
      readonly id: string;
      readonly actor: Who extends 'user' ? User : undefined;
      readonly origin: Origin;
    },
  ) => Promise<Done & Partial<Made>>;
}

export interface Command<Input extends z.ZodType, Made extends object> {
  /** @throws ZodError; TooManyRequests; Refused with a code of `refuses` */
  (core: Core, origin: Origin, given: z.input<Input>): Promise<Done & Made>;
  readonly input: Input;
  readonly access: Access;
  readonly scope: Scope | null;
  readonly refuses: readonly RefusalCode[];
  /** The same, for a wish that `input` has already parsed. */
  readonly parsed: (core: Core, origin: Origin, wish: z.output<Input>) => Promise<Done & Made>;
  /** The result of the command, if it was carried out before under its key. */
  readonly earlier: (core: Core, origin: Origin, given: z.input<Input>) => Promise<(Done & Made) | undefined>;
  /** The same command with a narrower input: for an API whose clients may not send all fields. */
  readonly narrowed: <Less extends z.ZodType<z.output<Input>>>(input: Less) => Command<Less, Made>;
}
