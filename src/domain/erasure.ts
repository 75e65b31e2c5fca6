// Erasing what somebody is or said: a request, a time in which it can be taken back, then the end of the keys.

import type { Aggregate } from './aggregate.ts';
import type { Conversation } from './conversation.ts';
import type { DataOf, Events } from './events.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';

export interface Erasure {
  /** Undefined: nobody asked for it, or the request was taken back. */
  readonly request: DataOf<'ErasureRequested'> | undefined;
  /** ISO time of the request. */
  readonly requestedAt: string;
  readonly started: boolean;
  readonly certificate: string | null;
}

const none: Erasure = { request: undefined, requestedAt: '', started: false, certificate: null };

/** By the id of what is erased. */
export const erasures: Aggregate<Erasure> = {
  stream: streams.erasure,
  initial: () => none,
  evolve: (erasure, event, { at }) => {
    switch (event.type) {
      case 'ErasureRequested':
        return { ...none, request: event.data, requestedAt: at };
      case 'ErasureWithdrawn':
        return none;
      case 'ErasureStarted':
        return { ...erasure, started: true };
      case 'ErasureCertified':
        return { ...erasure, certificate: event.data.certificate };
      default:
        return erasure;
    }
  },
};

export const requestErasure = (erasure: Erasure, request: DataOf<'ErasureRequested'>): Events =>
  erasure.request === undefined ? [{ type: 'ErasureRequested', data: request }] : [];

/** @throws Refused `erasure-unknown`: there is none; `erasure-started`: it is too late */
export const withdrawErasure = ({ request, started }: Erasure, by: string | null): Events => {
  if (request === undefined) throw new Refused('erasure-unknown');
  if (started) throw new Refused('erasure-started');
  return [{ type: 'ErasureWithdrawn', data: { targetId: request.targetId, by } }];
};

/** What was asked too late: the sign-in had ended. Nothing to do once it was taken back. */
export const dropErasure = ({ request, started }: Erasure, epoch: number): Events =>
  request?.epoch !== epoch || started
    ? []
    : [{ type: 'ErasureWithdrawn', data: { targetId: request.targetId, by: null } }];

/** Nothing to do once it was taken back. */
export const startErasure = ({ request, started }: Erasure): Events =>
  request === undefined || started ? [] : [{ type: 'ErasureStarted', data: { targetId: request.targetId } }];

export const certifyErasure = (
  { request, certificate: known }: Erasure,
  keys: readonly string[],
  certificate: string,
): Events =>
  request === undefined || known !== null
    ? []
    : [{ type: 'ErasureCertified', data: { targetId: request.targetId, keys: [...keys], certificate } }];

/** A desk's visitor loses its keys. */
export const eraseVisitor = (
  { exists, visitorErased, createdBy }: Pick<Conversation, 'exists' | 'visitorErased' | 'createdBy'>,
  conversationId: string,
  by: string | null,
): Events => {
  if (!exists || visitorErased) return [];
  const openedBy = createdBy === null ? {} : { openedBy: createdBy };
  return [{ type: 'VisitorErased', data: { conversationId, ...openedBy, by } }];
};
