// A unique name and who it belongs to.
//
// A name is claimed before its owner goes by it, so a claim alone proves nothing: it is stale while its owner's own
// stream does not say that the owner goes by the name. A stale claim is taken over in two steps, safe at any moment:
// the old owner's stream records that this turn of the claim is forfeited, so whatever the old owner was still about
// to do with it is refused; then the claim passes to the new owner as the next turn.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, DomainEvent } from './events.ts';
import type { ClaimKind } from './names.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';

export interface Claim {
  readonly ownerId: string | null;
  /** How many owners it has had. */
  readonly turn: number;
}

/** A claim made by somebody: `claim` is `<kind>-<hash>`. */
export interface Claimed {
  readonly claim: string;
  readonly turn: number;
}

/** By claim, the last turn that is lost. */
export type Forfeited = Readonly<Record<string, number>>;

/** The id of a claim is `<kind>-<hash>`. */
export const claims: Aggregate<Claim> = {
  stream: streams.claim,
  initial: () => ({ ownerId: null, turn: 0 }),
  evolve: (claim, event) =>
    event.type === 'NameClaimed' ? { ownerId: event.data.ownerId, turn: claim.turn + 1 } : claim,
};

/** The next turn is `ownerId`'s, if it is still the turn after `turn`. */
export const claimName = (claim: Claim, kind: ClaimKind, ownerId: string, turn: number): readonly DomainEvent[] => {
  if (claim.turn !== turn) throw new Refused('conflict');
  return [{ type: 'NameClaimed', data: { kind, ownerId } }];
};

export const withForfeited = (forfeited: Forfeited, { claim, turn }: DataOf<'NameForfeited'>): Forfeited => ({
  ...forfeited,
  [claim]: turn,
});

/** `isHeld`: does the owner go by the name after all? Then there is nothing to take. */
export const forfeitName = (
  forfeited: Forfeited,
  isHeld: boolean,
  { claim, turn }: Claimed,
): readonly DomainEvent[] => {
  if (isHeld) throw new Refused('conflict');
  return (forfeited[claim] ?? 0) >= turn ? [] : [{ type: 'NameForfeited', data: { claim, turn } }];
};

/** @throws Refused `conflict` when one of the claims was lost meanwhile: claim again. */
export const checkClaims = (forfeited: Forfeited, claimed: readonly Claimed[]): void => {
  for (const { claim, turn } of claimed) if ((forfeited[claim] ?? 0) >= turn) throw new Refused('conflict');
};
