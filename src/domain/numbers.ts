// Integer ids, given out in blocks: who reserved a block may use its numbers without asking again.

import type { Aggregate } from './aggregate.ts';
import type { DomainEvent } from './events.ts';
import { streams } from './streams.ts';

export const numberKinds = ['user', 'conversation', 'message', 'file'] as const;
export type NumberKind = (typeof numberKinds)[number];

export interface Numbers {
  readonly upTo: number;
}

export const numbers: Aggregate<Numbers> = {
  stream: streams.numbers,
  initial: () => ({ upTo: 0 }),
  evolve: (state, event) => (event.type === 'NumbersReserved' ? { upTo: event.data.upTo } : state),
};

export const reserveNumbers = (state: Numbers, kind: NumberKind, count: number): readonly DomainEvent[] => [
  { type: 'NumbersReserved', data: { kind, upTo: state.upTo + count } },
];
