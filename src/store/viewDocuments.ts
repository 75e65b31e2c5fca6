// The documents of views: how they are declared, changed and found.

export type Value = string | number | boolean | null | readonly Value[] | Values;
export type Values = { readonly [field: string]: Value };
/** A document: `id` is its key in its collection. */
export type Doc = { readonly id: string } & Values;

/** Documents are found by equality on all of `fields`, in the order of `sort` (a number or a string on every document). */
export interface Index {
  readonly fields: readonly string[];
  readonly sort: string;
}

export interface Collection {
  readonly name: string;
  readonly indexes: readonly Index[];
}

/** What a projection does to one document. `patch` and `add` of a missing document do nothing. */
export type Change =
  | { readonly op: 'put'; readonly collection: string; readonly doc: Doc }
  | { readonly op: 'patch'; readonly collection: string; readonly id: string; readonly fields: Values }
  | {
      readonly op: 'add';
      readonly collection: string;
      readonly id: string;
      readonly field: string;
      readonly by: number;
    }
  | { readonly op: 'remove'; readonly collection: string; readonly id: string };

/** The changes one event makes. A document takes each position once, and never an earlier one after a later one. */
export interface Placed {
  readonly position: number;
  readonly changes: readonly Change[];
}

export interface Find {
  /** Equality on every field of one declared index. */
  readonly where: { readonly [field: string]: string | number | boolean };
  /** The sort field of that index. */
  readonly sort: string;
  /** Bounds on the sort field, both exclusive. */
  readonly after?: string | number;
  readonly before?: string | number;
  readonly descending?: boolean;
  /** 1 to 1000. */
  readonly limit: number;
}

/** A page ends with the document that fills so many bytes, however few it holds by then. */
export const VIEW_PAGE_BYTES = 256 * 1024;

export interface Found {
  readonly docs: readonly Doc[];
  /** The page ended at its limit or at `VIEW_PAGE_BYTES`: others may follow. False: nothing does. */
  readonly more: boolean;
}
