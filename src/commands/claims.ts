// Claiming unique names, and taking over claims whose owner does not go by them.

import { setTimeout as delay } from 'node:timers/promises';
import type { Aggregate } from '../domain/aggregate.ts';
import { type Claimed, claimName, claims, forfeitName } from '../domain/claim.ts';
import { type Conversation, conversations, goesBy } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { digest } from '../domain/ids.ts';
import { type ClaimKind, canonical } from '../domain/names.ts';
import { type Refusal, type RefusalCode, Refused } from '../domain/refused.ts';
import { holds, type User, users } from '../domain/user.ts';
import type { Core } from './core.ts';

/** A wish for a name: its kind, the name, and the input field it came in. */
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

/** How long somebody whose registration is under way elsewhere may still need, in milliseconds. */
const GRACE = 1000;
const STEP = 50;

export const claimId = (kind: ClaimKind, name: string): string =>
  `${kind}-${digest(canonical(kind, name)).toString('hex')}`;

type Standing = 'held' | 'in-the-making' | 'stale';

type Owner = Conversation | User;

/** Where the owner of a name is recorded, and whether it goes by the name. */
const ownerBy = ({ kind, name }: Wanted) => {
  const key = canonical(kind, name);
  return kind === 'slug' || kind === 'group'
    ? {
        aggregate: conversations as Aggregate<Owner>,
        holdsIt: (owner: Owner) => goesBy(owner as Conversation, kind, key),
      }
    : { aggregate: users as Aggregate<Owner>, holdsIt: (owner: Owner) => holds(owner as User, kind, key) };
};

const standingOf = async (core: Core, wanted: Wanted, { claim, turn }: Claimed, ownerId: string): Promise<Standing> => {
  const { aggregate, holdsIt } = ownerBy(wanted);
  const owner = await core.ledger.load(aggregate, ownerId);
  if (holdsIt(owner)) return 'held';
  const isThere = 'exists' in owner ? owner.exists : owner.status !== 'unknown';
  return isThere || (owner.forfeited[claim] ?? 0) >= turn ? 'stale' : 'in-the-making';
};

const forfeit = async (core: Core, meta: Meta, wanted: Wanted, claimed: Claimed, ownerId: string): Promise<void> => {
  const { aggregate, holdsIt } = ownerBy(wanted);
  await core.ledger.transact(aggregate, ownerId, meta, (owner) =>
    forfeitName(owner.forfeited, holdsIt(owner), claimed),
  );
};

/** Who goes by the name at present: a user's or a conversation's id. */
export const ownerOf = async (core: Core, kind: ClaimKind, name: string): Promise<string | undefined> => {
  const id = claimId(kind, name);
  const claim = await core.ledger.load(claims, id);
  if (claim.ownerId === null) return undefined;
  const standing = await standingOf(core, { kind, name, field: kind }, { claim: id, turn: claim.turn }, claim.ownerId);
  return standing === 'held' ? claim.ownerId : undefined;
};

/** One step towards the claim: it is made, or the world has changed and the caller looks again. */
const tryClaim = async (
  core: Core,
  meta: Meta,
  wanted: Wanted,
  ownerId: string,
  patient: boolean,
): Promise<Claimed | 'wait' | 'again'> => {
  const id = claimId(wanted.kind, wanted.name);
  const { ownerId: present, turn } = await core.ledger.load(claims, id);
  if (present !== null) {
    const standing = await standingOf(core, wanted, { claim: id, turn }, present);
    if (present === ownerId && standing !== 'stale') return { claim: id, turn };
    if (standing === 'held') throw new Refused(taken[wanted.kind], wanted.field);
    if (standing === 'in-the-making' && patient) return 'wait';
    if (present !== ownerId) await forfeit(core, meta, wanted, { claim: id, turn }, present);
  }
  await core.ledger.transact(claims, id, meta, (claim) => claimName(claim, wanted.kind, ownerId, turn));
  return { claim: id, turn: turn + 1 };
};

const claimOne = async (core: Core, meta: Meta, wanted: Wanted, ownerId: string): Promise<Claimed> => {
  for (let waited = 0; ; ) {
    try {
      const step = await tryClaim(core, meta, wanted, ownerId, waited < GRACE);
      if (typeof step === 'object') return step;
    } catch (error) {
      if (!(error instanceof Refused && error.code === 'conflict')) throw error;
    }
    await delay(STEP);
    waited += STEP;
  }
};

/**
 * Claims every wanted name for `ownerId`, or none that matters: a claim whose owner never goes by it is stale.
 * @throws Refused with a refusal for each name that is taken.
 */
const claimNames = async (
  core: Core,
  meta: Meta,
  ownerId: string,
  wanted: readonly Wanted[],
): Promise<readonly Claimed[]> => {
  const owners = await Promise.all(wanted.map(({ kind, name }) => ownerOf(core, kind, name)));
  const refusals: Refusal[] = wanted
    .filter((_, i) => owners[i] !== undefined && owners[i] !== ownerId)
    .map(({ kind, field }) => ({ code: taken[kind], field }));
  if (refusals.length > 0) throw new Refused(refusals[0]!.code, refusals[0]!.field, refusals.slice(1));
  const plain = { actorId: meta.actorId, correlationId: meta.correlationId };
  const claimed: Claimed[] = [];
  for (const name of wanted) {
    try {
      claimed.push(await claimOne(core, plain, name, ownerId));
    } catch (error) {
      // Whoever comes next for the names claimed so far need not wait for an owner that will not be.
      for (const [i, done] of claimed.entries()) await forfeit(core, plain, wanted[i]!, done, ownerId);
      throw error;
    }
  }
  return claimed;
};

const ATTEMPTS = 5;

/** Claims the names and goes on with `append`, again when a claim was lost between the two. */
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
      if (!(error instanceof Refused && error.code === 'conflict') || attempt === ATTEMPTS) throw error;
    }
  }
};
