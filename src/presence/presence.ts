// Who is there, at this process and at the others. Nobody records it: processes tell each other what changes, and repeat who
// is there, so that the people of a process that died go offline by themselves.
//
// Everything happens at beats: one timer for all accounts. Changes between two beats are told as one, and an account whose last
// socket closed stays as it was for a moment, so that a reconnect changes nothing.

import type { Ephemera } from '../store/ports.ts';
import { createElsewhere } from './elsewhere.ts';
import { type DeviceState, type PresenceState, type Shown, type Status, together } from './states.ts';
import { createStatuses } from './statuses.ts';
import { ACCOUNTS_PER_TEXT, type Letter, letterOf, readTold, textOfStates, textOfStatus } from './told.ts';

/** Milliseconds. */
const BEAT = 2000;
/** Beats in which an account whose last socket closed is still shown as before. */
const GRACE = 2.5;
/** Milliseconds in which a process repeats once who is there. */
const REPEAT = 60_000;
/** Milliseconds after which an account that nobody repeats is offline. */
const TTL = 2.5 * REPEAT;
/** Texts with states and with statuses that one beat tells at most. */
const TEXTS = 50;
const STATUSES = 20;

interface Here {
  /** By socket, whether the person is away from it. */
  readonly sockets: Map<object, boolean>;
  isUndisturbed: boolean;
  /** As its sockets say, or said before the last one closed. */
  state: PresenceState;
  /** While it has no socket: until when it is shown as before. */
  until: number;
}

type OnChange = (userId: string, shown: Shown) => void;

export type Presence = ReturnType<typeof createPresence>;

export const createPresence = (
  { tell }: Pick<Ephemera, 'tell'>,
  {
    self,
    now = Date.now,
    clock = () => performance.now(),
    beat: every = BEAT,
  }: {
    /** Names this process among the others. */
    readonly self: string;
    /** Milliseconds since 1970, by which a status ends. */
    readonly now?: () => number;
    /** Milliseconds that only ever rise, also when somebody sets the clock: by these people come and go. */
    readonly clock?: () => number;
    readonly beat?: number | undefined;
  },
) => {
  const here = new Map<string, Here>();
  const elsewhere = createElsewhere(clock, TTL);
  /** When to look at an account again. */
  const changed = new Map<string, number>();
  const statuses = createStatuses(now, (userId) => changed.set(userId, clock()));
  /** What the listeners were told last. Missing: offline, without a status. */
  const shown = new Map<string, Shown>();
  /** What the other processes are to be told. */
  const outbox = new Map<string, Letter>();
  const listeners = new Set<OnChange>();
  /** Accounts and statuses of this process that are due to be repeated, in fractions. */
  const credit = { accounts: 0, statuses: 0 };
  let repeating = here.entries();
  let repeatingStatuses = statuses.own();

  const of = (userId: string): Shown => ({
    state: together([here.get(userId)?.state ?? 'offline', ...elsewhere.statesOf(userId)]),
    status: statuses.of(userId),
  });

  const refresh = (userId: string, account: Here): void => {
    if (account.sockets.size === 0) return;
    const isAtOne = account.sockets.values().some((isAway) => !isAway);
    const state = account.isUndisturbed ? 'dnd' : isAtOne ? 'online' : 'away';
    if (state !== account.state) outbox.set(userId, letterOf(state));
    account.state = state;
    changed.set(userId, clock());
  };

  const hearState = (by: string, userId: string, state: PresenceState | 'disturbable'): void => {
    if (state === 'disturbable') {
      const account = here.get(userId);
      if (account === undefined) return;
      account.isUndisturbed = false;
      refresh(userId, account);
      return;
    }
    elsewhere.hear(by, userId, state);
    const before = shown.get(userId)?.state ?? 'offline';
    // Of a device that has gone to another process, that one may tell a moment later.
    if (of(userId).state !== before) changed.set(userId, state === 'offline' ? clock() + every : clock());
  };

  const announce = (userId: string): void => {
    const account = here.get(userId);
    if (account?.sockets.size === 0) {
      if (account.until > clock()) changed.set(userId, account.until);
      else {
        here.delete(userId);
        outbox.set(userId, letterOf('offline'));
      }
    }
    const [before, after] = [shown.get(userId) ?? { state: 'offline', status: null }, of(userId)];
    if (after.state === 'offline' && after.status === null) shown.delete(userId);
    else shown.set(userId, after);
    if (before.state === after.state && before.status === after.status) return;
    for (const listener of listeners) listener(userId, after);
  };

  /** The share of this beat. */
  const repeat = (): void => {
    for (credit.accounts += (here.size * every) / REPEAT; credit.accounts >= 1; credit.accounts--) {
      const { value } = repeating.next();
      if (value === undefined) {
        repeating = here.entries();
        break;
      }
      const [userId, { state }] = value;
      if (!outbox.has(userId)) outbox.set(userId, letterOf(state));
    }
    credit.statuses = Math.min(credit.statuses + (statuses.size * every) / REPEAT, STATUSES);
    for (; credit.statuses >= 1; credit.statuses--) {
      const { value } = repeatingStatuses.next();
      if (value === undefined) {
        repeatingStatuses = statuses.own();
        break;
      }
      const [userId, { status, setAt }] = value;
      tell(textOfStatus(userId, setAt, status));
    }
  };

  const flush = (): void => {
    const entries = [...outbox.entries().take(TEXTS * ACCOUNTS_PER_TEXT)];
    for (const [userId] of entries) outbox.delete(userId);
    for (let at = 0; at < entries.length; at += ACCOUNTS_PER_TEXT)
      tell(textOfStates(self, entries.slice(at, at + ACCOUNTS_PER_TEXT)));
  };

  const beat = (): void => {
    for (const userId of [...elsewhere.expire(), ...statuses.sweep()]) changed.set(userId, clock());
    for (const [userId, due] of changed) {
      if (due > clock()) continue;
      changed.delete(userId);
      announce(userId);
    }
    repeat();
    flush();
  };

  return {
    of,
    isThere: (userId: string): boolean => of(userId).state !== 'offline',

    /** A socket of the account receives what happens from now on. */
    arrived: (userId: string, socket: object): void => {
      const account = here.get(userId) ?? { sockets: new Map(), isUndisturbed: false, state: 'offline', until: 0 };
      here.set(userId, account);
      if (account.sockets.has(socket)) return;
      account.sockets.set(socket, false);
      refresh(userId, account);
    },
    /** What the socket says of its person. `away` leaves `dnd` as it is, `online` ends it. */
    say: (userId: string, socket: object, state: DeviceState): void => {
      const account = here.get(userId);
      if (account === undefined || !account.sockets.has(socket)) return;
      account.sockets.set(socket, state === 'away');
      if (state !== 'away') account.isUndisturbed = state === 'dnd';
      refresh(userId, account);
      if (state === 'online' && of(userId).state === 'dnd') tell(textOfStates(self, [[userId, 'x']]));
    },
    left: (userId: string, socket: object): void => {
      const account = here.get(userId);
      if (account === undefined || !account.sockets.delete(socket)) return;
      account.until = clock() + GRACE * every;
      if (account.sockets.size === 0) changed.set(userId, account.until);
      else refresh(userId, account);
    },

    /** Null: it takes its status back. */
    setStatus: (userId: string, status: Status | null): void => {
      // Also where none is known here: another process may know one.
      tell(textOfStatus(userId, statuses.choose(userId, status), status));
      changed.set(userId, clock());
    },
    /** The person is erased. */
    forget: (userId: string): void => {
      if (statuses.forget(userId)) changed.set(userId, clock());
    },

    /** @returns whether the text of another process was about presence */
    hear: (text: string): boolean => {
      const heard = readTold(text);
      if (heard === undefined) return false;
      if ('statusOf' in heard) {
        const { statusOf, status, setAt } = heard;
        if (statuses.hear(statusOf, status, setAt)) changed.set(statusOf, clock());
      } else for (const [userId, state] of heard.entries) hearState(heard.by, userId, state);
      return true;
    },

    /** @returns what ends it */
    onChange: (listener: OnChange): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    beat,
    /** Beats until `signal` aborts. */
    run: (signal: AbortSignal): void => {
      const beating = setInterval(beat, every).unref();
      signal.addEventListener('abort', () => clearInterval(beating), { once: true });
    },
  };
};
