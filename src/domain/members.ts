// The members of a conversation: a persistent map from user to role, in the order of joining.

import { PersistentMap } from './persistentMap.ts';

/** From the most rights to the fewest: a reader does not write. */
export const memberRoles = ['owner', 'moderator', 'member', 'reader'] as const;
export type MemberRole = (typeof memberRoles)[number];

interface Member {
  readonly role: MemberRole;
  /** Rises with every joining. */
  readonly place: number;
  /** How many messages the conversation had when the membership began. */
  readonly upTo: number;
}

export class Members {
  static readonly none = new Members(PersistentMap.empty, PersistentMap.empty, 0);
  readonly owners: PersistentMap<true>;
  readonly #members: PersistentMap<Member>;
  readonly #nextPlace: number;

  private constructor(members: PersistentMap<Member>, owners: PersistentMap<true>, nextPlace: number) {
    this.#members = members;
    this.owners = owners;
    this.#nextPlace = nextPlace;
  }

  static of(role: MemberRole, userIds: readonly string[]): Members {
    return userIds.reduce((members, userId) => members.with(userId, role), Members.none);
  }

  get size(): number {
    return this.#members.size;
  }

  get(userId: string): MemberRole | undefined {
    return this.#members.get(userId)?.role;
  }

  /** Tells this membership of the user from earlier ones; undefined: the user is no member. */
  placeOf(userId: string): number | undefined {
    return this.#members.get(userId)?.place;
  }

  /** How many messages were there when this membership of the user began; undefined: the user is no member. */
  upToOf(userId: string): number | undefined {
    return this.#members.get(userId)?.upTo;
  }

  has(userId: string): boolean {
    return this.#members.has(userId);
  }

  /** A member that gets another role keeps its place. `upTo`: of a new one, see `upToOf`. */
  with(userId: string, role: MemberRole, upTo = 0): Members {
    const before = this.#members.get(userId);
    if (before?.role === role) return this;
    const members = this.#members.with(userId, { place: this.#nextPlace, upTo, ...before, role });
    return new Members(members, this.#ownersWith(userId, role), this.#nextPlace + 1);
  }

  without(userId: string): Members {
    if (!this.has(userId)) return this;
    return new Members(this.#members.without(userId), this.#ownersWith(userId, undefined), this.#nextPlace + 1);
  }

  /** In the order of joining. */
  *[Symbol.iterator](): Generator<readonly [userId: string, role: MemberRole], void> {
    const inOrder = [...this.#members].sort(([, one], [, other]) => one.place - other.place);
    for (const [userId, { role }] of inOrder) yield [userId, role];
  }

  #ownersWith(userId: string, role: MemberRole | undefined): PersistentMap<true> {
    const isOwner = this.owners.has(userId);
    if (isOwner === (role === 'owner')) return this.owners;
    return isOwner ? this.owners.without(userId) : this.owners.with(userId, true);
  }
}
