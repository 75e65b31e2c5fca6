// Earlier versions of event types, and how each becomes the next. The type in `events.ts` is the present version.

import type { z } from 'zod';
import { type EventType, schemas } from './events.ts';
import type { Data } from './privateParts.ts';

export interface Earlier {
  /** What events of this version hold. */
  readonly schema: z.ZodObject;
  /** Makes the data of the next version. */
  readonly upcast: (data: Data) => Data;
}

/** By type: version 1 first. A type without a row has had one version. */
export type EarlierVersions = { readonly [T in EventType]?: readonly Earlier[] };

export const earlier: EarlierVersions = {};

export const isEventType = (type: string): type is EventType => Object.hasOwn(schemas, type);

export const versionOf = (type: EventType, versions = earlier): number => (versions[type]?.length ?? 0) + 1;

/** Called at start. @throws Error a row is of no type, or lacks the shape or the upcaster of a version */
export const checkVersions = (versions = earlier): void => {
  for (const [type, rows] of Object.entries(versions)) {
    if (!isEventType(type)) throw new Error(`there are earlier versions of ${type}, which is no type of event`);
    for (let v = 1; v < versionOf(type, versions); v++) {
      const { schema, upcast } = rows[v - 1] ?? {};
      if (schema === undefined) throw new Error(`version ${v} of ${type} has no schema`);
      if (upcast === undefined) throw new Error(`version ${v} of ${type} has no upcaster`);
    }
  }
};
