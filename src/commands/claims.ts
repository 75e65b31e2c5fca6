// Claiming unique names, and taking over stale claims.

import { setTimeout as delay } from 'node:timers/promises';
import type { Aggregate } from '../domain/aggregate.ts';
import { type Claimed, claimName, claims, forfeitName } from '../domain/claim.ts';
import { type Conversation, conversations, goesBy } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { digest } from '../domain/ids.ts';
import { fits, LIMITS } from '../domain/limits.ts';
import { type ClaimKind, canonical, claimedBy } from '../domain/names.ts';
import { type RefusalCode, Refused } from '../domain/refused.ts';
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

const taken: Record<ClaimKind, RefusalCode> = {
  email: 'email-taken',
  username: 'username-taken',
  phone: 'phone-taken',
  external: 'external-identity-taken',
  slug: 'slug-taken',
  group: 'group-name-taken',
};

/** Milliseconds that a claim may wait for its owner, whose command may still be under way in another process. */
const GRACE = 1000;
const STEP = 50;
const ATTEMPTS = 5;

const isConflict = (error: unknown): boolean => error instanceof Refused && error.code === 'conflict';

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

type Owner = Conversation | User;

/** The kind of the owner's stream, and whether the owner has the name. */
const ownerBy = ({ kind, name }: Wanted): { aggregate: Aggregate<Owner>; hasName: (owner: Owner) => boolean } => {
  const key = canonical(kind, name);
  return kind === 'slug' || kind === 'group'
    ? { aggregate: conversations, hasName: (owner) => goesBy(owner as Conversation, kind, key) }
    : { aggregate: users, hasName: (owner) => holds(owner as User, kind, key) };
};

/** `at`: the moment that the owner's state must reflect. Undefined: the present one. */
const stateOf = async (
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
  const state = await stateOf(core, { kind, name, field: kind }, { claim: id, term }, ownerId, asOf(core));
  return state === 'held' ? ownerId : undefined;
};

/** Claims names for one owner, with what they look like: all of them, or none. */
const claimNames = async (core: Core, meta: Meta, ownerId: string, names: readonly Wanted[]) => {
  const wanted = names.flatMap((one) => claimedBy(one.kind, one.name).map((name) => ({ ...one, name })));
  const forfeit = (name: Wanted, claimed: Claimed, loserId: string) => {
    const { aggregate, hasName } = ownerBy(name);
    const decide = (owner: Owner) => forfeitName(owner.forfeited, hasName(owner), claimed);
    return core.ledger.transact(aggregate, loserId, meta, decide);
  };

  /** Undefined: another owner's claim is in the making; try again later. @throws Refused if the name is taken */
  const tryClaim = async (name: Wanted, isPatient: boolean): Promise<Claimed | undefined> => {
    const id = claimId(core.pseudonym, name.kind, name.name);
    const { ownerId: present, term } = await core.ledger.load(claims, id);
    if (present !== null) {
      const state = await stateOf(core, name, { claim: id, term }, present);
      if (present === ownerId && state !== 'stale') return { claim: id, term };
      if (state === 'held') throw new Refused(taken[name.kind], name.field);
      if (state === 'in-the-making' && isPatient) return undefined;
      if (present !== ownerId) await forfeit(name, { claim: id, term }, present);
    }
    await core.ledger.transact(claims, id, meta, (claim) => claimName(claim, name.kind, ownerId, term));
    return { claim: id, term: term + 1 };
  };

  const claimOne = async (name: Wanted): Promise<Claimed> => {
    for (let waited = 0; ; waited += STEP) {
      const claimed = await tryClaim(name, waited < GRACE).catch((error: unknown) => {
        if (!isConflict(error)) throw error;
      });
      if (claimed) return claimed;
      await delay(STEP);
    }
  };

  /** @throws Refused with all names that others have */
  const checkFree = async (): Promise<void> => {
    const owners = await Promise.all(wanted.map(({ kind, name }) => ownerOf(core, kind, name)));
    const lost = wanted.filter((_, i) => owners[i] !== undefined && owners[i] !== ownerId);
    const [first, ...others] = new Map(lost.map(({ kind, field }) => [field, { code: taken[kind], field }])).values();
    if (first) throw new Refused(first.code, first.field, others);
  };

  await checkFree();
  const claimed: Claimed[] = [];
  try {
    for (const name of wanted) claimed.push(await claimOne(name));
  } catch (error) {
    // The next owner of these names need not wait for this one.
    for (const [i, done] of claimed.entries()) await forfeit(wanted[i]!, done, ownerId);
    // Whoever was faster may have taken more of the names.
    if (error instanceof Refused && !isConflict(error)) await checkFree();
    throw error;
  }
  return claimed;
};

/** Claims the names, then calls `append`; again if a claim was lost between. @throws Refused with all taken names */
export const claiming = async <T>(
  core: Core,
  meta: Meta,
  ownerId: string,
  wanted: readonly Wanted[],
  append: (claimed: readonly Claimed[]) => Promise<T>,
): Promise<T> => {
  const plain = { actorId: meta.actorId, correlationId: meta.correlationId };
  for (let attempt = 1; ; attempt++) {
    try {
      return await append(await claimNames(core, plain, ownerId, wanted));
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
};
