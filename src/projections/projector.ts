// Follows the log and keeps the views. An event that it cannot project stops it; it skips none.

import { type Decode, decode as decodeAlone, knownOf, mustBeKnown } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import {
  type EventStore,
  isLastPage,
  type MarkedReader,
  type Standing,
  Switched,
  type ViewBuild,
  type ViewStore,
} from '../store/ports.ts';
import { misfitOf } from './mark.ts';
import { checkpointAt, type Fill, placer, rebuild } from './rebuild.ts';

/** If the log has more events, a build beside empty views is quicker than following the log. Positions may count bytes. */
const FAR = 5000;

/** A build of views beside those that serve. */
export interface Building {
  /** The reason, for operators. */
  readonly why: string;
  /** The views that serve meanwhile belong to this log. */
  readonly oldServe: boolean;
  readonly position: number;
  /** The log's end when the build began. */
  readonly head: number;
}

export interface ProjectorTells {
  /** The views have taken every event up to here. Not called for views that belong to another log. */
  readonly onApplied: (position: number) => void;
  /** The views have taken this event while following the log. */
  readonly onVisible?: (event: Event) => void;
  /** The views begin to follow the log: `onVisible` did not tell of what they have taken before. */
  readonly onFollowing?: () => void;
  /** Default: decodes for this projector alone. */
  readonly decode?: Decode;
  /** The progress of a build; undefined when the build has ended. */
  readonly onBuilding?: ((building: Building | undefined) => void) | undefined;
}

/** A log that can be followed, open. */
export type Followed = MarkedReader & Pick<EventStore, 'follow'>;

/** `fill`: of the views that it builds; default: in this thread. */
export const createProjector = (
  events: Followed,
  views: ViewStore,
  tells: ProjectorTells,
  fill?: Fill<ViewBuild> | undefined,
) => {
  const { onApplied, onVisible = () => undefined, onFollowing, onBuilding, decode = decodeAlone } = tells;
  let restart = new AbortController();
  views.onSwitch(() => restart.abort());

  const follow = async (checkpoint: number, signal: AbortSignal, onGoing?: () => void): Promise<void> => {
    const placed = placer(await events.marks());
    for await (const batch of events.follow(checkpoint, signal)) {
      // Other views may have begun to serve while this batch was opened: they may lack what comes before it.
      if (signal.aborted) return;
      // The views take the events before the first one of a newer version.
      const known = knownOf(batch);
      const last = known.at(-1);
      if (last !== undefined) {
        const decoded = known.map(decode);
        await views.apply(placed(decoded), checkpointAt(last));
        // Other views may have begun to serve meanwhile.
        if (signal.aborted) return;
        onApplied(last.position);
        onGoing?.();
        decoded.forEach(onVisible);
      }
      if (known.length < batch.length) mustBeKnown(batch[known.length]!);
    }
  };

  const build = async (why: string, oldServe: boolean, signal: AbortSignal): Promise<void> => {
    const head = await events.head();
    const tell = (position: number): void => onBuilding?.({ why, oldServe, position, head });
    tell(0);
    try {
      await rebuild(events, views, tell, { signal, isUrgent: !oldServe }, fill);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      onBuilding?.(undefined);
    }
  };

  /** Why views that belong to this log must be built again. */
  const lackOf = async ({ position, isOutdated }: Standing): Promise<string | undefined> => {
    if (isOutdated) return 'the views are those of an earlier version';
    const isFar = async () => (await events.head()) > FAR && !isLastPage(await events.readLog(0, FAR), FAR);
    return position === 0 && (await isFar()) ? 'there are no views yet' : undefined;
  };

  const keepViews = async (signal: AbortSignal, onGoing?: () => void): Promise<void> => {
    restart = new AbortController();
    const over = AbortSignal.any([signal, restart.signal]);
    const standing = await views.checkpoint();
    const misfit = await misfitOf(events, standing);
    if (over.aborted) return;
    if (misfit === undefined) onApplied(standing.position);
    const why = misfit ?? (await lackOf(standing));
    if (why === undefined) {
      if (standing.position >= (await events.head())) onGoing?.();
      onFollowing?.();
      await follow(standing.position, over, onGoing);
    } else await build(why, misfit === undefined && standing.position > 0, over);
  };

  return {
    /**
     * Projects until `signal` aborts. Calls `onGoing` when the views take events, or have all of them. Rejects if an event
     * cannot be projected, or a store is away.
     */
    run: async (signal: AbortSignal, onGoing?: () => void): Promise<void> => {
      while (!signal.aborted) {
        try {
          await keepViews(signal, onGoing);
        } catch (error) {
          if (!(error instanceof Switched)) throw error;
        }
      }
    },
  };
};
