// Unique names: under which claim each is, and who holds it.

import type { Aggregate } from '../domain/aggregate.ts';
import { type Claimed, claims } from '../domain/claim.ts';
import { type Conversation, conversations, goesBy } from '../domain/conversation.ts';
import { digest } from '../domain/ids.ts';
import { fits, LIMITS } from '../domain/limits.ts';
import { type ClaimKind, canonical } from '../domain/names.ts';
import { type User, users } from '../domain/user.ts';
import { holds } from '../domain/userNames.ts';
import type { Pseudonym } from '../history/pseudonyms.ts';
import { asOf, type Core } from './core.ts';

/** `field`: the input that a refusal names. */
export interface Wanted {
  readonly kind: ClaimKind;
  readonly name: string;
  readonly field: string;
}

const limitOf: Record<ClaimKind, keyof typeof LIMITS> = {
  email: 'email',
  username: 'username',
  phone: 'phone',
  external: 'externalId',
  slug: 'slug',
  group: 'name',
};

/** May some spelling of a name be as long? To bring a text into the form that is compared takes long for a long one. */
const mayBeName = (kind: ClaimKind, name: string): boolean => fits(name, 2 * LIMITS[limitOf[kind]]);

/** What everybody may read beside the claim: no key has to be there to find it. */
const open: ReadonlySet<ClaimKind> = new Set<ClaimKind>(['slug', 'group']);

/** What people are called is under a pseudonym: the claim stays in the log when they are erased. */
export const claimId = (pseudonym: Pseudonym, kind: ClaimKind, name: string): string => {
  const key = canonical(kind, name);
  return `${kind}-${open.has(kind) ? digest(key).toString('hex') : pseudonym('claim', kind, key)}`;
};

export type Owner = Conversation | User;

/** The kind of the owner's stream, and whether the owner has the name. */
export const ownerBy = ({
  kind,
  name,
}: Wanted): { aggregate: Aggregate<Owner>; hasName: (owner: Owner) => boolean } => {
  const key = canonical(kind, name);
  return kind === 'slug' || kind === 'group'
    ? { aggregate: conversations, hasName: (owner) => goesBy(owner as Conversation, kind, key) }
    : { aggregate: users, hasName: (owner) => holds(owner as User, kind, key) };
};

/** `at`: the moment that the owner's state must reflect. Undefined: the present one. */
export const claimState = async (
  core: Core,
  wanted: Wanted,
  { claim, term }: Claimed,
  ownerId: string,
  at?: number,
): Promise<'held' | 'in-the-making' | 'stale'> => {
  const { aggregate, hasName } = ownerBy(wanted);
  const owner = await core.ledger.load(aggregate, ownerId, at);
  if (hasName(owner)) return 'held';
  const exists = 'exists' in owner ? owner.exists : owner.status !== 'unknown';
  return exists || (owner.forfeited[claim] ?? 0) >= term ? 'stale' : 'in-the-making';
};

/** The id of the user or conversation that has the name. */
export const ownerOf = async (core: Core, kind: ClaimKind, name: string): Promise<string | undefined> => {
  if (!mayBeName(kind, name)) return undefined;
  const id = claimId(core.pseudonym, kind, name);
  const { ownerId, term } = await core.ledger.load(claims, id, asOf(core));
  if (ownerId === null) return undefined;
  const state = await claimState(core, { kind, name, field: kind }, { claim: id, term }, ownerId, asOf(core));
  return state === 'held' ? ownerId : undefined;
};
