// Turns events into texts and texts into events; nothing else does. The history chains and encrypts the texts.

import type { z } from 'zod';
import { charsOf, type Draft, type Recorded } from '../store/ports.ts';
import { envelopeOf, parse, Unreadable, whyUnknown } from './envelope.ts';
import { type DomainEvent, type Event, type EventType, LOG_FORMAT, type Meta, schemas } from './events.ts';
import { type Data, erasedPart, split } from './privateParts.ts';
import { type EarlierVersions, earlier, versionOf } from './versions.ts';

/** Does not read the content. @throws Unreadable if a newer program recorded the event */
export const mustBeKnown = (recorded: Recorded): void => {
  const why = whyUnknown(recorded);
  if (why !== undefined) throw new Unreadable(recorded, why);
};

const isKnown = (recorded: Recorded): boolean => {
  try {
    return whyUnknown(recorded) === undefined;
  } catch {
    return false;
  }
};

/** The events before the first one that this program cannot read. */
export const knownOf = (events: readonly Recorded[]): readonly Recorded[] => {
  const unknown = events.findIndex((recorded) => !isKnown(recorded));
  return unknown === -1 ? events : events.slice(0, unknown);
};

export const encode = (id: string, { type, data }: DomainEvent, at: string, meta: Meta): Draft => {
  const { commandHash, ...unhashed } = meta;
  const { open, private: part } = split(type, data, commandHash);
  return {
    id,
    type,
    data: JSON.stringify(open),
    meta: JSON.stringify({ v: versionOf(type), at, ...(part ? unhashed : meta) }),
    ...(part && { private: part }),
  };
};

/** The data with its private part, and whether that is missing. */
const dataOf = (recorded: Recorded, type: EventType) => {
  const { secret, ...open } = parse(recorded, recorded.data) as Data & { readonly secret?: string };
  if (secret === undefined) return { data: open };
  if (recorded.opened === '') throw new Unreadable(recorded, 'has a private part that is damaged');
  if (typeof recorded.opened !== 'string')
    return { data: { ...open, ...erasedPart(type) }, secret, isClosed: true, commandHash: '' };
  const { commandHash, ...hidden } = parse(recorded, recorded.opened) as Data & { readonly commandHash?: string };
  return { data: { ...open, ...hidden }, secret, commandHash };
};

/** @throws Unreadable its shape is not that of the schema */
const shaped = (recorded: Recorded, schema: z.ZodObject, data: Data): Data => {
  const { success, data: found, error } = schema.safeParse(data);
  if (success) return found;
  throw new Unreadable(recorded, `is not a ${recorded.type}: ${error.message}`);
};

/** Logs of one format alone can be read, and say so in their first event. */
const mustBeOurFormat = (recorded: Recorded, { format }: Data): void => {
  if (format === LOG_FORMAT) return;
  const found = format === undefined ? 'of no numbered format' : `of format ${JSON.stringify(format).slice(0, 40)}`;
  throw new Unreadable(
    recorded,
    `begins a log ${found}, and this program reads format ${LOG_FORMAT}: use the version that made the log`,
  );
};

export interface Decode {
  (recorded: Recorded): Event;
  /** Decodes again what it is asked from here on. */
  readonly forget?: () => void;
}

/** `versions`: the earlier ones of all types. The decoder throws Unreadable: an unknown type, version or shape. */
export const decoderOf =
  (versions: EarlierVersions): Decode =>
  (recorded) => {
    const why = whyUnknown(recorded, versions);
    if (why !== undefined) throw new Unreadable(recorded, why);
    const { id, stream, revision, position } = recorded;
    const { v, at, hash: _, ...outer } = envelopeOf(recorded);
    const type = recorded.type as EventType;
    let { data, commandHash, ...closed } = dataOf(recorded, type);
    const meta = commandHash === undefined || outer.commandId === undefined ? outer : { ...outer, commandHash };
    if (type === 'LogBegun') mustBeOurFormat(recorded, data);
    for (const { schema, upcast } of versions[type]?.slice(v - 1) ?? []) data = upcast(shaped(recorded, schema, data));
    data = shaped(recorded, schemas[type], data);
    return { id, type, stream, revision, position, at, meta, data, ...closed } as Event;
  };

/** @throws Unreadable */
export const decode: Decode = decoderOf(earlier);

/** What a shared decoder keeps at most. Half of it is more than lies between its fastest and its slowest follower. */
const KEPT = { events: 2048, bytes: 16_000_000 };

/** Of its texts. What is opened may have two bytes for each character; the rest is mostly ciphertext, and ASCII. */
const bytesOf = (recorded: Recorded): number => charsOf(recorded) + 2 * (recorded.opened?.length ?? 0);

/** Decodes each event once for all that follow the log together. @throws Unreadable */
export const createDecoder = (): Decode => {
  /** By position. When the young ones take half of the room, the old ones go. */
  let [young, old, bytes] = [new Map<number, Event>(), new Map<number, Event>(), 0];
  const keep = (event: Event, size: number): void => {
    if (young.size >= KEPT.events / 2 || bytes + size > KEPT.bytes / 2) [young, old, bytes] = [new Map(), young, 0];
    young.set(event.position, event);
    bytes += size;
  };
  const decodeOnce = (recorded: Recorded): Event => {
    const { id, position, opened } = recorded;
    const found = young.get(position) ?? old.get(position);
    // Somebody may still have the event as it was read before its keys were destroyed.
    const isSame = (found?.isClosed ?? false) === (opened === null);
    if (found?.id === id && isSame) return found;
    const event = decode(recorded);
    keep(event, bytesOf(recorded));
    return event;
  };
  const forget = (): void => {
    [young, old, bytes] = [new Map(), new Map(), 0];
  };
  return Object.assign(decodeOnce, { forget });
};
