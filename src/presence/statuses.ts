// The status texts of accounts, in memory alone: a status is gone when all processes were restarted.

import type { Status } from './states.ts';

/** Accounts with a status at most: the latest. */
const MOST = 10_000;
/** Milliseconds that a status that was taken back is remembered, so that no late text brings it back. */
const TAKEN_BACK = 600_000;

interface Kept {
  readonly status: Status | null;
  /** Milliseconds since 1970, by the process where it was set. */
  readonly setAt: number;
  /** It was set at this process, which repeats it to the others. */
  readonly own: boolean;
}

/** `onForgotten`: called when a status makes room for later ones. */
export const createStatuses = (now: () => number, onForgotten: (userId: string) => void) => {
  const kept = new Map<string, Kept>();

  const isOver = ({ status, setAt }: Kept): boolean =>
    status === null ? now() - setAt > TAKEN_BACK : status.endsAt !== null && Date.parse(status.endsAt) <= now();

  const keep = (userId: string, one: Kept): void => {
    kept.delete(userId);
    kept.set(userId, one);
    if (kept.size <= MOST) return;
    const oldest = kept.keys().next().value!;
    kept.delete(oldest);
    onForgotten(oldest);
  };

  return {
    of: (userId: string): Status | null => {
      const found = kept.get(userId);
      return found === undefined || isOver(found) ? null : found.status;
    },
    get size(): number {
      return kept.size;
    },
    /** @returns when it was set: later than what it replaces, whatever the clocks of the processes say */
    choose: (userId: string, status: Status | null): number => {
      const setAt = Math.max(now(), (kept.get(userId)?.setAt ?? 0) + 1);
      keep(userId, { status, setAt, own: true });
      return setAt;
    },
    /** @returns whether it is news: of two, the later one counts */
    hear: (userId: string, status: Status | null, setAt: number): boolean => {
      if (setAt <= (kept.get(userId)?.setAt ?? 0)) return false;
      keep(userId, { status, setAt, own: false });
      return true;
    },
    /** Its words are gone, and a late text of another process brings them back no more than if they were taken back. */
    forget: (userId: string): boolean => {
      const found = kept.get(userId);
      if (found !== undefined) keep(userId, { status: null, setAt: Math.max(now(), found.setAt), own: false });
      return found !== undefined;
    },
    /** Drops those that are over. @returns whose */
    sweep: (): readonly string[] => {
      const over = [...kept].filter(([, one]) => isOver(one)).map(([userId]) => userId);
      for (const userId of over) kept.delete(userId);
      return over;
    },
    /** Those that were set here. */
    own: () => kept.entries().filter(([, { own }]) => own),
  };
};
