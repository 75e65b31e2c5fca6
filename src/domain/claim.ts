// A unique name and its owner.
//
// A user or conversation claims a name before its own stream has the name, so a claim alone proves nothing: it is stale
// while the owner's stream does not have the name. Another owner takes over a stale claim in two steps, and a crash
// between them does no harm. First the old owner's stream records that this term of the claim is forfeited: from then
// on, commands of the old owner that rely on it are refused. Then the claim passes to the new owner as the next term.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, Events } from './events.ts';
import type { ClaimKind } from './names.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';

interface Claim {
  readonly ownerId: string | null;
  /** How many owners it has had. */
  readonly term: number;
}

/** One term of a claim: `claim` is `<kind>-<hash>`. */
export interface Claimed {
  readonly claim: string;
  readonly term: number;
}

/** By claim, the last term that was forfeited. */
export type Forfeited = Readonly<Record<string, number>>;

export const claims: Aggregate<Claim> = {
  stream: streams.claim,
  initial: () => ({ ownerId: null, term: 0 }),
  evolve: (claim, event) =>
    event.type === 'NameClaimed' ? { ownerId: event.data.ownerId, term: claim.term + 1 } : claim,
};

/** Gives the term after `term` to `ownerId`. @throws Refused `conflict` if another owner has that term */
export const claimName = (claim: Claim, kind: ClaimKind, ownerId: string, term: number): Events => {
  if (claim.term !== term) throw new Refused('conflict');
  return [{ type: 'NameClaimed', data: { kind, ownerId } }];
};

export const withForfeited = (forfeited: Forfeited, { claim, turn: term }: DataOf<'NameForfeited'>): Forfeited => ({
  ...forfeited,
  [claim]: term,
});

/** `isHeld`: the owner's stream has the name. @throws Refused `conflict` then: the claim is not stale */
export const forfeitName = (forfeited: Forfeited, isHeld: boolean, { claim, term }: Claimed): Events => {
  if (isHeld) throw new Refused('conflict');
  return (forfeited[claim] ?? 0) >= term ? [] : [{ type: 'NameForfeited', data: { claim, turn: term } }];
};

/** @throws Refused `conflict` if one of the claims was forfeited meanwhile: claim again */
export const checkClaims = (forfeited: Forfeited, claimed: readonly Claimed[]): void => {
  for (const { claim, term } of claimed) if ((forfeited[claim] ?? 0) >= term) throw new Refused('conflict');
};
