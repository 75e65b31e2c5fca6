// The port of view stores, and the documents of views: how they are declared, changed and found.

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
  readonly searched?: Searched;
}

/** Documents are also found by what is in `fields`: lists of tokens, which are small letters and digits. */
export interface Searched {
  readonly fields: readonly string[];
  /** A whole number from 1 on every document, another one on each, which never changes. */
  readonly sort: string;
}

/** A field has one of these tokens, or one that begins with one of them. */
export interface SearchTerm {
  readonly field: string;
  readonly anyOf: readonly string[];
  readonly isPrefix: boolean;
}

/** The documents with the largest sort numbers come first. */
export interface Search {
  /** One at least, of which all must be met. The rarest had better come first. */
  readonly all: readonly SearchTerm[];
  /** Bounds on the sort field, both exclusive. */
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  /** 1 to 1000. */
  readonly limit: number;
}

/** All views of one version of the program. Every version has views of its own, and leaves those of the others alone. */
export interface Shape {
  /** Rises with every change of documents or indexes. */
  readonly version: number;
  /** The oldest version whose documents this one can read: they serve while its own are being built. */
  readonly readsFrom: number;
  readonly collections: readonly Collection[];
}

/** What a projection does to one document. Of a missing document, `patch`, `add` and `moveToFront` do nothing. */
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
  | {
      readonly op: 'moveToFront';
      readonly collection: string;
      readonly id: string;
      /** Holds the texts that moved last, the latest first, each once. */
      readonly field: string;
      readonly item: string;
      /** How many of them stay: the same in every change of the field. */
      readonly most: number;
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

/** What `count` counts: a stretch of a declared index. */
export type Stretch = Pick<Find, 'where' | 'sort' | 'after' | 'before'>;

/** A page ends with the document that fills so many bytes. */
export const VIEW_PAGE_BYTES = 256 * 1024;

export interface Found {
  readonly docs: readonly Doc[];
  /** The page ended at its limit or at `VIEW_PAGE_BYTES`: others may follow. False: nothing does. */
  readonly more: boolean;
}

/** Documents of a collection in the order of their ids, compared as bytes. */
export interface Scan {
  /** The id before the first. */
  readonly after?: string | undefined;
  /** 1 to 1000. */
  readonly limit: number;
}

export interface Scanned extends Found {
  /** The views had taken every event up to here before they were read. The documents may hold later events, too. */
  readonly position: number;
}

/** Sets one document to what the log makes of it. Null: there is none. */
export interface Mend {
  readonly collection: string;
  readonly id: string;
  readonly doc: Doc | null;
}

/** How far views have come in the log. */
export interface Checkpoint {
  /** The views have taken every event up to here; 0: none. */
  readonly position: number;
  /** Names the event at `position`, in words of the caller's: shows whether the log is the same. */
  readonly mark: string;
}

/** The state of the serving views. */
export interface Standing extends Checkpoint {
  /** The views are those of an earlier version, or of other declarations. They take no batch. */
  readonly isOutdated: boolean;
}

/** Views being built beside those that serve. */
export interface ViewBuild extends Pick<ViewStore, 'apply' | 'scan'> {
  /** By this another thread can fill the new views: see `ViewsApart`. Nothing is applied here then. */
  readonly place: string;
  /**
   * Makes what was applied fit to be scanned. Later batches cost as much as those of views that serve. `to`: another thread
   * has done so, up to here.
   */
  complete(to?: Checkpoint): Promise<void>;
  /** Makes the new views those that serve, here and in every other process of this version, and drops the old ones. */
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

/** The views for a thread that fills a build of another one: those that serve, for reading, and those in the build. */
export interface ViewsApart extends Pick<ViewStore, 'checkpoint' | 'scan' | 'close'> {
  readonly build: { complete(): Promise<void> } & Pick<ViewBuild, 'apply' | 'scan'>;
}

export interface ViewStore {
  /**
   * Applies the batch and moves the checkpoint to `checkpoint`, so that after any crash both hold or are repeated.
   * @throws Switched other views serve now.
   */
  apply(batch: readonly Placed[], checkpoint: Checkpoint): Promise<void>;
  /**
   * Documents by id, in the order of `ids`; `undefined` where there is none.
   * @throws Unavailable also when the serving views are outdated and do not have the collection, or for `find` and `count` the
   * index.
   */
  get(collection: string, ids: readonly string[]): Promise<readonly (Doc | undefined)[]>;
  find(collection: string, find: Find): Promise<Found>;
  /** How many documents a stretch holds. The cost grows with that number: the caller bounds the stretch. */
  count(collection: string, stretch: Stretch): Promise<number>;
  /** Documents of a searched collection. @throws Unavailable as `find` */
  search(collection: string, search: Search): Promise<Found>;
  checkpoint(): Promise<Standing>;
  /** All documents, a page at a time. Of a build: once it is complete. @throws Unavailable also when the serving views are outdated */
  scan(collection: string, scan: Scan): Promise<Scanned>;
  /**
   * Writes documents that differ from the log, between two batches. `mendsAt` gets the position of the views and gives the
   * documents as they must be there. A document that has taken a later event stays as it is. @throws Switched
   */
  mend(mendsAt: (position: number) => Promise<readonly Mend[]>): Promise<void>;
  /** An empty set of views to fill. The one that serves is not touched before `finish`. */
  build(): Promise<ViewBuild>;
  /** Leaves no byte of what documents were before the last `apply` in its files. What a database server keeps is the server's. */
  scrub(): Promise<void>;
  /** Calls `listener` when other views begin to serve (a rebuild finished, here or elsewhere), before they are read. */
  onSwitch(listener: () => void): void;
  close(): Promise<void>;
}
