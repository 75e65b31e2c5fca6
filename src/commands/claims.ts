// Claiming unique names, and taking over stale claims.

import { setTimeout as delay } from 'node:timers/promises';
import type { Aggregate } from '../domain/aggregate.ts';
import { type Claimed, claimName, claims, forfeitName } from '../domain/claim.ts';
import { type Conversation, conversations, goesBy } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { digest } from '../domain/ids.ts';
import { type ClaimKind, canonical } from '../domain/names.ts';
import { type RefusalCode, Refused } from '../domain/refused.ts';
import { holds, type User, users } from '../domain/user.ts';
import type { Core } from './core.ts';

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

export const claimId = (kind: ClaimKind, name: string): string =>
  `${kind}-${digest(canonical(kind, name)).toString('hex')}`;

type Owner = Conversation | User;

/** The kind of the owner's stream, and whether the owner has the name. */
const ownerBy = ({ kind, name }: Wanted): { aggregate: Aggregate<Owner>; hasName: (owner: Owner) => boolean } => {
  const key = canonical(kind, name);
  return kind === 'slug' || kind === 'group'
    ? { aggregate: conversations, hasName: (owner) => goesBy(owner as Conversation, kind, key) }
    : { aggregate: users, hasName: (owner) => holds(owner as User, kind, key) };
};

const stateOf = async (
  core: Core,
  wanted: Wanted,
  { claim, turn }: Claimed,
  ownerId: string,
): Promise<'held' | 'in-the-making' | 'stale'> => {
  const { aggregate, hasName } = ownerBy(wanted);
  const owner = await core.ledger.load(aggregate, ownerId);
  if (hasName(owner)) return 'held';
  const exists = 'exists' in owner ? owner.exists : owner.status !== 'unknown';
  return exists || (owner.forfeited[claim] ?? 0) >= turn ? 'stale' : 'in-the-making';
};

const forfeit = async (core: Core, meta: Meta, wanted: Wanted, claimed: Claimed, ownerId: string): Promise<void> => {
  const { aggregate, hasName } = ownerBy(wanted);
  await core.ledger.transact(aggregate, ownerId, meta, (owner) =>
    forfeitName(owner.forfeited, hasName(owner), claimed),
  );
};

/** The id of the user or conversation that has the name. */
export const ownerOf = async (core: Core, kind: ClaimKind, name: string): Promise<string | undefined> => {
  const id = claimId(kind, name);
  const { ownerId, turn } = await core.ledger.load(claims, id);
  if (ownerId === null) return undefined;
  const state = await stateOf(core, { kind, name, field: kind }, { claim: id, turn }, ownerId);
  return state === 'held' ? ownerId : undefined;
};

/** Undefined: another owner's claim is in the making; try again later. @throws Refused if the name is taken */
const tryClaim = async (
  core: Core,
  meta: Meta,
  wanted: Wanted,
  ownerId: string,
  isPatient: boolean,
): Promise<Claimed | undefined> => {
  const id = claimId(wanted.kind, wanted.name);
  const { ownerId: present, turn } = await core.ledger.load(claims, id);
  if (present !== null) {
    const state = await stateOf(core, wanted, { claim: id, turn }, present);
    if (present === ownerId && state !== 'stale') return { claim: id, turn };
    if (state === 'held') throw new Refused(taken[wanted.kind], wanted.field);
    if (state === 'in-the-making' && isPatient) return undefined;
    if (present !== ownerId) await forfeit(core, meta, wanted, { claim: id, turn }, present);
  }
  await core.ledger.transact(claims, id, meta, (claim) => claimName(claim, wanted.kind, ownerId, turn));
  return { claim: id, turn: turn + 1 };
};

const claimOne = async (core: Core, meta: Meta, wanted: Wanted, ownerId: string): Promise<Claimed> => {
  for (let waited = 0; ; waited += STEP) {
    const claimed = await tryClaim(core, meta, wanted, ownerId, waited < GRACE).catch((error: unknown) => {
      if (!isConflict(error)) throw error;
    });
    if (claimed) return claimed;
    await delay(STEP);
  }
};

/** Claims all names, or forfeits those that it claimed. @throws Refused with all names that are taken */
const claimNames = async (
  core: Core,
  { actorId, correlationId }: Meta,
  ownerId: string,
  wanted: readonly Wanted[],
): Promise<readonly Claimed[]> => {
  const owners = await Promise.all(wanted.map(({ kind, name }) => ownerOf(core, kind, name)));
  const [first, ...others] = wanted
    .filter((_, i) => owners[i] !== undefined && owners[i] !== ownerId)
    .map(({ kind, field }) => ({ code: taken[kind], field }));
  if (first) throw new Refused(first.code, first.field, others);
  const plain = { actorId, correlationId };
  const claimed: Claimed[] = [];
  for (const name of wanted) {
    try {
      claimed.push(await claimOne(core, plain, name, ownerId));
    } catch (error) {
      // The next owner of these names need not wait for this one.
      for (const [i, done] of claimed.entries()) await forfeit(core, plain, wanted[i]!, done, ownerId);
      throw error;
    }
  }
  return claimed;
};

/** Claims the names and calls `append`. Repeats both if a claim was forfeited between the two. */
export const claiming = async <T>(
  core: Core,
  meta: Meta,
  ownerId: string,
  wanted: readonly Wanted[],
  append: (claimed: readonly Claimed[]) => Promise<T>,
): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await append(await claimNames(core, meta, ownerId, wanted));
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
};
