// The members of a conversation: a persistent map from user to role. Its changes lie in layers, the newest last, each
// at least twice as long as the next. A change copies a few short layers and leaves earlier versions of the map alone.

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

/** Undefined: no longer a member. */
type Layer = ReadonlyMap<string, Member | undefined>;

/** `isOldest`: no layer lies below `older`, so nothing need tell that somebody has left. */
const merged = (older: Layer, newer: Layer, isOldest: boolean): Layer => {
  const both = new Map(older);
  for (const [userId, member] of newer)
    if (member === undefined && isOldest) both.delete(userId);
    else both.set(userId, member);
  return both;
};

export class Members {
  static readonly none = new Members([], 0, new Set(), 0);
  readonly size: number;
  /** In the order in which they became owners. */
  readonly owners: ReadonlySet<string>;
  readonly #layers: readonly Layer[];
  readonly #nextPlace: number;

  private constructor(layers: readonly Layer[], size: number, owners: ReadonlySet<string>, nextPlace: number) {
    this.#layers = layers;
    this.size = size;
    this.owners = owners;
    this.#nextPlace = nextPlace;
  }

  static of(role: MemberRole, userIds: readonly string[]): Members {
    return userIds.reduce((members, userId) => members.with(userId, role), Members.none);
  }

  get(userId: string): MemberRole | undefined {
    return this.#find(userId)?.role;
  }

  /** Tells this membership of the user from earlier ones; undefined: the user is no member. */
  placeOf(userId: string): number | undefined {
    return this.#find(userId)?.place;
  }

  /** How many messages were there when this membership of the user began; undefined: the user is no member. */
  upToOf(userId: string): number | undefined {
    return this.#find(userId)?.upTo;
  }

  has(userId: string): boolean {
    return this.#find(userId) !== undefined;
  }

  /** A member that gets another role keeps its place. `upTo`: of a new one, see `upToOf`. */
  with(userId: string, role: MemberRole, upTo = 0): Members {
    const before = this.#find(userId);
    if (before?.role === role) return this;
    return this.#changed(userId, before, { place: this.#nextPlace, upTo, ...before, role });
  }

  without(userId: string): Members {
    const before = this.#find(userId);
    return before ? this.#changed(userId, before, undefined) : this;
  }

  /** In the order of joining. */
  *[Symbol.iterator](): Generator<readonly [userId: string, role: MemberRole], void> {
    const all = this.#layers.reduce((older, newer) => merged(older, newer, true), new Map() as Layer);
    const inOrder = [...all].sort(([, one], [, other]) => one!.place - other!.place);
    for (const [userId, member] of inOrder) yield [userId, member!.role];
  }

  #find(userId: string): Member | undefined {
    return this.#layers.findLast((layer) => layer.has(userId))?.get(userId);
  }

  #ownersWith(userId: string, role: MemberRole | undefined): ReadonlySet<string> {
    if (this.owners.has(userId) === (role === 'owner')) return this.owners;
    const owners = new Set(this.owners);
    if (!owners.delete(userId)) owners.add(userId);
    return owners;
  }

  #changed(userId: string, before: Member | undefined, after: Member | undefined): Members {
    const layers = [...this.#layers];
    let last: Layer = new Map([[userId, after]]);
    for (let older = layers.at(-1); older && older.size < 2 * last.size; older = layers.at(-1)) {
      layers.pop();
      last = merged(older, last, layers.length === 0);
    }
    const size = this.size + Number(after !== undefined) - Number(before !== undefined);
    return new Members([...layers, last], size, this.#ownersWith(userId, after?.role), this.#nextPlace + 1);
  }
}
