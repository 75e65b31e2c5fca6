// Decides many commands of one stream for one append.

import type { Aggregate } from '../domain/aggregate.ts';
import { encode } from '../domain/codec.ts';
import type { Events, Meta } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { APPEND_LIMITS, type Draft } from '../store/ports.ts';
import type { Receipt } from './receiptAt.ts';

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
  /** `at`: ISO time of recording. */
  readonly decide: (state: State, at: string) => Events;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

interface Decided<State> extends Pick<Outcome, 'events' | 'replayed'> {
  readonly command: Command<State>;
  /** What it adds to the batch. */
  readonly drafts: readonly Draft[];
}

export type Round<State> = ReturnType<typeof decideTogether<State>>;

interface Circumstances<State> {
  readonly state: State;
  readonly evolve: Aggregate<State>['evolve'];
  /** Of a command that the stream recorded before. @throws Refused `command-key-reused` */
  readonly receiptOf: (meta: Meta) => Receipt | undefined;
  readonly at: string;
  readonly newId: () => string;
}

/** Bytes that a hash adds to an event, and that encryption adds to its private part. */
const ADDED = { hash: 60, secret: 160 } as const;
/** The most bytes that a character takes in UTF-8, and that one takes once it is encrypted. */
const [PLAIN, SEALED] = [3, 4];

/** The bytes of the recorded event, at most. */
const sizeOf = ({ data, meta, private: part }: Draft): number =>
  data.length * PLAIN + meta.length + ADDED.hash + (part ? part.text.length * SEALED + ADDED.secret : 0);

/** Decides as many of `commands` as fit in one append, and removes them from the list. Rejects the refused ones. */
export const decideTogether = <State>(
  commands: Command<State>[],
  { state, evolve, receiptOf, at, newId }: Circumstances<State>,
) => {
  const decided: Decided<State>[] = [];
  const batch: Draft[] = [];
  /** The first command of each key. */
  const firsts = new Map<string, Decided<State>>();
  let [next, bytes] = [state, 0];
  for (const command of [...commands]) {
    const { commandId, commandHash } = command.meta;
    try {
      const first = commandId === undefined ? undefined : firsts.get(commandId);
      if (first && first.command.meta.commandHash !== commandHash) throw new Refused('command-key-reused');
      const isRecorded = receiptOf(command.meta) !== undefined;
      const events = first || isRecorded ? [] : command.decide(next, at);
      // New ids each time, since a store takes an event with a known id for the same event, and it never is: a retry that
      // comes second learns so by a conflict, and finds the receipt of the first.
      const encoded = events.map((event) => encode(newId(), event, at, command.meta));
      const size = encoded.reduce((sum, event) => sum + sizeOf(event), 0);
      const isFull = batch.length + events.length > APPEND_LIMITS.events || bytes + size > APPEND_LIMITS.bytes;
      if (isFull && batch.length > 0) break;
      for (const event of events) next = evolve(next, event, { at });
      const result = {
        command,
        events,
        drafts: encoded,
        replayed: isRecorded || (first !== undefined && first.events.length > 0),
      };
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
