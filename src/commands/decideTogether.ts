// Decides many commands of one stream for one append.

import type { Aggregate } from '../domain/aggregate.ts';
import { encode } from '../domain/codec.ts';
import type { Events, Meta } from '../domain/events.ts';
import { derivedId } from '../domain/ids.ts';
import { Refused } from '../domain/refused.ts';
import { APPEND_LIMITS, type NewEvent } from '../store/ports.ts';
import type { Receipt } from './receipts.ts';

export interface Outcome {
  /** Views that have taken the log up to here show the effect. 0: the stream has no event. */
  readonly position: number;
  /** Of the last event of this command in its stream. Undefined: a retry that only the views remember. */
  readonly revision: number | undefined;
  /** What was decided here. If another process recorded the command first, the log has the events of that process. */
  readonly events: Events;
  /** This command was carried out before, under the same key. */
  readonly replayed: boolean;
}

/**
 * Only `command.ts` makes a meta of an `Origin`. An origin passed as a meta would lose its key, and leave its address in the
 * history.
 */
export type UnkeyedMeta = Meta & { readonly keyed?: never; readonly address?: never };

export interface Command<State> {
  readonly meta: Meta;
  readonly decide: (state: State) => Events;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

interface Decided<State> extends Pick<Outcome, 'events' | 'replayed'> {
  readonly command: Command<State>;
}

export type Round<State> = ReturnType<typeof decideTogether<State>>;

interface Circumstances<State> {
  /** Of the stream. */
  readonly name: string;
  readonly state: State;
  readonly evolve: Aggregate<State>['evolve'];
  /** Of a command that the stream recorded before. @throws Refused `command-key-reused` */
  readonly receiptOf: (meta: Meta) => Receipt | undefined;
  readonly at: string;
  readonly newId: () => string;
}

/** Decides as many of `commands` as fit in one append, and removes them from the list. Rejects the refused ones. */
export const decideTogether = <State>(
  commands: Command<State>[],
  { name, state, evolve, receiptOf, at, newId }: Circumstances<State>,
) => {
  const decided: Decided<State>[] = [];
  const batch: NewEvent[] = [];
  /** The first command of each key. */
  const firsts = new Map<string, Decided<State>>();
  let [next, bytes] = [state, 0];
  for (const command of [...commands]) {
    const { commandId, commandHash } = command.meta;
    try {
      const first = commandId === undefined ? undefined : firsts.get(commandId);
      if (first && first.command.meta.commandHash !== commandHash) throw new Refused('command-key-reused');
      const isRecorded = receiptOf(command.meta) !== undefined;
      const events = first || isRecorded ? [] : command.decide(next);
      // The id covers the content too, since a store takes an event with a known id for the same event.
      const idOf = (i: number): string =>
        commandId === undefined ? newId() : derivedId(commandId, commandHash ?? '', name, i);
      const encoded = events.map((event, i) => encode(idOf(i), event, at, command.meta));
      const size = encoded.reduce((sum, { data, meta }) => sum + data.length * 3 + meta.length, 0);
      const isFull = batch.length + events.length > APPEND_LIMITS.events || bytes + size > APPEND_LIMITS.bytes;
      if (isFull && batch.length > 0) break;
      for (const event of events) next = evolve(next, event, { at });
      const result = { command, events, replayed: isRecorded || (first !== undefined && first.events.length > 0) };
      if (commandId !== undefined && !first) firsts.set(commandId, result);
      decided.push(result);
      batch.push(...encoded);
      bytes += size;
    } catch (error) {
      command.reject(error);
    }
    commands.shift();
  }
  /** `state`: once `batch` is appended. */
  return { decided, batch, state: next, at };
};
