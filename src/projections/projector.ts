// Follows the log and keeps the views. What it cannot project stops it, loudly: nothing is skipped.

import { type Decode, decode as decodeAlone, knownOf, mustBeKnown } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import { type EventStore, type Standing, Switched, type ViewStore } from '../store/ports.ts';
import { misfitOf } from './mark.ts';
import { checkpointAt, placed, rebuild } from './rebuild.ts';

/** Views that are empty and this far behind are built aside, which is quicker than keeping them live. */
const FAR = 5000;

/** Views that are being built beside those that serve. */
export interface Building {
  /** In words for an operator. */
  readonly why: string;
  /** The views that serve meanwhile belong to this log. */
  readonly oldServe: boolean;
  readonly position: number;
  /** The log's end when the build began. */
  readonly head: number;
}

export interface Projector {
  /** Projects until `signal` aborts. Rejects when an event cannot be projected, or a store is away. */
  run(signal: AbortSignal): Promise<void>;
}

/** What a projector tells. */
export interface ProjectorTells {
  /** Each position up to which the views have taken everything. Never of views that belong to another log. */
  readonly onApplied: (position: number) => void;
  /** Each event that was brought into the views as it came. */
  readonly onVisible?: ((event: Event) => void) | undefined;
  /** The views take what is recorded, or have all of it. */
  readonly onGoing?: (() => void) | undefined;
  /** Shared with others that follow the log. */
  readonly decode?: Decode | undefined;
  /** How far a build has come; undefined when it has ended. */
  readonly onBuilding?: ((building: Building | undefined) => void) | undefined;
}

export const createProjector = (
  events: EventStore,
  views: ViewStore,
  {
    onApplied,
    onVisible = () => undefined,
    onGoing = () => undefined,
    onBuilding = () => undefined,
    decode = decodeAlone,
  }: ProjectorTells,
): Projector => {
  let restart = new AbortController();
  views.onSwitch(() => restart.abort());

  /** Takes batch after batch, until aborted or until other views serve. */
  const follow = async (checkpoint: number, signal: AbortSignal): Promise<void> => {
    for await (const batch of events.follow(checkpoint, signal)) {
      // What lies before an event of a newer version is shown all the same.
      const known = knownOf(batch);
      const last = known.at(-1);
      if (last !== undefined) {
        const decoded = known.map(decode);
        await views.apply(placed(decoded), checkpointAt(last));
        // Other views may have begun to serve while the answer was on its way.
        if (signal.aborted) return;
        onApplied(last.position);
        onGoing();
        decoded.forEach(onVisible);
      }
      if (known.length < batch.length) mustBeKnown(batch[known.length]!);
    }
  };

  const build = async (why: string, oldServe: boolean, signal: AbortSignal): Promise<void> => {
    const head = await events.head();
    const tell = (position: number): void => onBuilding({ why, oldServe, position, head });
    tell(0);
    try {
      await rebuild(events, views, tell, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      onBuilding(undefined);
    }
  };

  /** Why other views are to be built in place of these, which belong to this log. */
  const lackOf = async ({ position, isOutdated }: Standing): Promise<string | undefined> => {
    if (isOutdated) return 'the views were made for other collections or indexes';
    return position === 0 && (await events.head()) > FAR ? 'there are no views yet' : undefined;
  };

  const turn = async (signal: AbortSignal): Promise<void> => {
    restart = new AbortController();
    const over = AbortSignal.any([signal, restart.signal]);
    const standing = await views.checkpoint();
    const misfit = await misfitOf(events, standing);
    if (over.aborted) return;
    if (misfit === undefined) onApplied(standing.position);
    const why = misfit ?? (await lackOf(standing));
    if (why === undefined) {
      if (standing.position >= (await events.head())) onGoing();
      await follow(standing.position, over);
    } else await build(why, misfit === undefined && standing.position > 0, over);
  };

  return {
    run: async (signal) => {
      while (!signal.aborted) {
        try {
          await turn(signal);
        } catch (error) {
          if (!(error instanceof Switched)) throw error;
        }
      }
    },
  };
};
