// Integer ids, and bytes of a day. A process reserves a block of them and then uses its numbers without asking again.

import type { Aggregate } from './aggregate.ts';
import type { Events } from './events.ts';
import { streams } from './streams.ts';

export type NumberKind = 'user' | 'conversation' | 'message' | 'file';

export interface Numbers {
  readonly upTo: number;
}

export const numbers: Aggregate<Numbers> = {
  stream: streams.numbers,
  initial: () => ({ upTo: 0 }),
  evolve: (state, event) => (event.type === 'NumbersReserved' ? { upTo: event.data.upTo } : state),
};

export const reserveNumbers = (state: Numbers, kind: string, count: number): Events => [
  { type: 'NumbersReserved', data: { kind, upTo: state.upTo + count } },
];
