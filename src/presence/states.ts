// What others are shown of whether somebody is there.

/** What a device may say of the person before it. */
export const deviceStates = ['online', 'away', 'dnd'] as const;
export type DeviceState = (typeof deviceStates)[number];

export const presenceStates = [...deviceStates, 'offline'] as const;
export type PresenceState = (typeof presenceStates)[number];

/** What somebody says of the present, in words. */
export interface Status {
  readonly text: string;
  readonly emoji: string | null;
  /** ISO time. Null: until it is taken back, or forgotten. */
  readonly endsAt: string | null;
}

export interface Shown {
  readonly state: PresenceState;
  readonly status: Status | null;
}

/** Of several devices or processes: who chose not to be disturbed is shown so, else who is at one of them is there. */
export const together = (states: Iterable<PresenceState>): PresenceState => {
  let found: PresenceState = 'offline';
  for (const state of states) {
    if (state === 'dnd') return state;
    if (state === 'online' || found === 'offline') found = state;
  }
  return found;
};
