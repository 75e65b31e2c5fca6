// The ports of what is kept apart from the log: the keys of its private parts, its last seal, and where accounts were signed in.

/** Bytes of a key. */
export const KEY_BYTES = 32;

/** Where a key lies: keys are kept in blocks of one or many. */
export interface KeyPlace {
  readonly block: string;
  readonly slot: number;
}

/**
 * Keys of private parts, kept apart from the log. Whoever destroys a key makes unreadable what it encrypted, wherever
 * that lies. Shared by all processes on the same log.
 */
export interface KeyStore {
  /** Keeps blocks whose ids are new; the others stay as they are. Durable when it resolves. @throws Unavailable */
  add(blocks: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** In the order of `ids`. A destroyed key is all zeros. Undefined: never kept. @throws Unavailable */
  get(ids: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** For ever: no byte of the keys is left, and nothing takes their places. Durable when it resolves. @throws Unavailable */
  destroy(places: readonly KeyPlace[]): Promise<void>;
  /** Before something is recorded under a key that is in memory. @throws Unavailable the keys that are kept were replaced by others */
  mustBeInPlace(): void;
  /** Finds out whether the store takes keys again after one failed. @throws Unavailable */
  probe(): Promise<void>;
  close(): Promise<void>;
}

/** The last seal of the log, kept outside the log: who cuts the log does not cut this. */
export interface LastSeal {
  /** The text that was kept last. Undefined: none. @throws Unavailable, or the error of the file system */
  read(): Promise<string | undefined>;
  /** Keeps it in place of the one before; null: none. Durable when it resolves. @throws as `read` */
  keep(text: string | null): Promise<void>;
}

/** Marks that are kept at most, the latest. */
export const KNOWN_PLACES = 100_000;

/** Marks of the addresses where accounts were signed in, for the next start. */
export interface KnownPlaces {
  read(): Promise<readonly string[]>;
  /** Keeps one more, unless the store is away. Never throws. */
  add(mark: string): void;
}
