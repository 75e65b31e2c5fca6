// Deciding what waits for one stream: many commands, one append.

import type { Aggregate } from '../domain/aggregate.ts';
import { encode } from '../domain/codec.ts';
import type { DomainEvent, Meta } from '../domain/events.ts';
import { derivedId } from '../domain/ids.ts';
import { Refused } from '../domain/refused.ts';
import { APPEND_LIMITS, type NewEvent } from '../store/ports.ts';
import type { Outcome, Receipt } from './ledger.ts';

export interface Command {
  readonly meta: Meta;
  readonly decide: (state: unknown) => readonly DomainEvent[];
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface Stream {
  readonly name: string;
  readonly aggregate: Aggregate<unknown>;
  state: unknown;
  /** Last revision folded into `state`; undefined: nothing loaded, or no longer to be trusted. */
  revision: number | undefined;
  position: number;
  /** The state when it was last as recorded, and when that was by `performance.now()`. */
  seen: { readonly state: unknown; readonly revision: number; readonly at: number } | undefined;
  /** The last revision that somebody, here or elsewhere, is known to have appended. */
  heardOf: number;
  /** When others' events were last found in it, by `performance.now()`. */
  sharedAt: number;
  /** Milliseconds that its last append took, and when that ended by `performance.now()`. */
  took: number;
  appendedAt: number;
  /** Appends with hardly a pause between them. */
  inARow: number;
  /** Keyed commands recorded since the stream was loaded. */
  receipts: Map<string, Receipt>;
  /** Where a stream without state was taken up: keyed commands up to there are known to the views alone. 0: to itself. */
  takenUpAt: number;
  queue: Command[];
  /** How many commands were decided together the last time. */
  lately: number;
  /** A load that waits for its turn, and serves everybody who asks until then. */
  nextLoad: { since: number; readonly state: Promise<unknown> } | undefined;
  /** Whatever is done to this stream waits for what was begun before. */
  turn: Promise<unknown>;
}

export interface Round {
  readonly decided: readonly { readonly command: Command; readonly events: readonly DomainEvent[] }[];
  readonly batch: readonly NewEvent[];
  /** ISO time of the decisions. */
  readonly at: string;
}

/**
 * Decides what waits on the stream's state, as much as one append takes, and takes it off `commands`. What is refused is
 * told so. `at`: the ISO time of now.
 */
export const decideQueued = (stream: Stream, commands: Command[], at: string, newId: () => string): Round => {
  const decided: { command: Command; events: readonly DomainEvent[] }[] = [];
  const batch: NewEvent[] = [];
  const keys = new Map<string, string>();
  let bytes = 0;
  for (const command of [...commands]) {
    const { commandId, commandHash } = command.meta;
    try {
      const earlier =
        commandId === undefined ? undefined : (stream.receipts.get(commandId)?.commandHash ?? keys.get(commandId));
      if (earlier !== undefined && earlier !== commandHash) throw new Refused('command-key-reused');
      const made = earlier === undefined ? command.decide(stream.state) : [];
      // By its content too: a store that knows an event's id takes it for the same event, whatever is in it.
      const idOf = (i: number): string =>
        commandId === undefined ? newId() : derivedId(commandId, commandHash ?? '', stream.name, i);
      const encoded = made.map((event, i) => encode(idOf(i), event, at, command.meta));
      const size = encoded.reduce((sum, event) => sum + event.data.length * 3 + event.meta.length, 0);
      const full = batch.length + made.length > APPEND_LIMITS.events || bytes + size > APPEND_LIMITS.bytes;
      if (full && batch.length > 0) break;
      for (const event of made) stream.state = stream.aggregate.evolve(stream.state, event, { at });
      if (commandId !== undefined && commandHash !== undefined) keys.set(commandId, commandHash);
      batch.push(...encoded);
      bytes += size;
      decided.push({ command, events: made });
    } catch (error) {
      command.reject(error);
    }
    commands.shift();
  }
  return { decided, batch, at };
};
