// Claiming unique names, and taking over stale claims.

import { setTimeout as delay } from 'node:timers/promises';
import { type Claimed, claimName, claims, forfeitName } from '../domain/claim.ts';
import type { Meta } from '../domain/events.ts';
import { type ClaimKind, claimedBy } from '../domain/names.ts';
import { type RefusalCode, Refused } from '../domain/refused.ts';
import { claimId, claimState, type Owner, ownerBy, ownerOf, type Wanted } from './claims.ts';
import type { Core } from './core.ts';

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
      const state = await claimState(core, name, { claim: id, term }, present);
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
