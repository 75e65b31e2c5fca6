// Turns events into texts and texts into events; nothing else does. The history chains and encrypts the texts.

import type { Draft, Recorded } from '../store/ports.ts';
import { type DomainEvent, type Event, type EventType, type Meta, schemas } from './events.ts';
import { type Data, erasedPart, split } from './privateParts.ts';
import { isOfOtherInstallation, isOurStream } from './streams.ts';

/** The current version of each type that has had more than one. */
const versions: Partial<Record<EventType, number>> = {};

/** From one version to the next: `upcasters.MessageSent[1]` turns version 1 into version 2. */
const upcasters: Partial<Record<EventType, Record<number, (data: Data) => Data>>> = {};

const versionOf = (type: EventType): number => versions[type] ?? 1;

/** Called at start. @throws Error if an old version of a type has no upcaster */
export const checkUpcasters = (): void => {
  for (const type of Object.keys(schemas) as EventType[])
    for (let v = 1; v < versionOf(type); v++)
      if (!upcasters[type]?.[v]) throw new Error(`no upcaster for ${type} of version ${v}`);
};

const isEventType = (type: string): type is EventType => Object.hasOwn(schemas, type);

/** An event that this program cannot read: a newer program recorded it, or it is damaged. History is never skipped. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  constructor({ position, stream }: Recorded, why: string) {
    super(`event ${position}, in ${stream}, ${why}`);
  }
}

const parse = (recorded: Recorded, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreadable(recorded, 'is not JSON');
  }
};

interface Envelope extends Meta {
  readonly v: number;
  readonly at: string;
  /** Of the chain of its stream. */
  readonly hash?: string;
}

/** What `encode` writes about every event, whatever its type and version. */
const isEnvelope = (meta: unknown): meta is Envelope => {
  const { v, at, correlationId } = (meta ?? {}) as Partial<Record<keyof Envelope, unknown>>;
  return Number.isInteger(v) && typeof at === 'string' && typeof correlationId === 'string';
};

const envelopeOf = (recorded: Recorded): Envelope => {
  const meta = parse(recorded, recorded.meta);
  if (!isEnvelope(meta))
    throw new Unreadable(recorded, 'was not recorded by this program: its metadata say no version');
  return meta;
};

/**
 * Whether this program recorded an event, an older one or a newer one, rather than another program on the same server.
 * A newer one may have kinds of streams that are unknown here: its events are known by their metadata.
 */
export const isOurEvent = ({ stream, meta }: Pick<Recorded, 'stream' | 'meta'>): boolean => {
  if (isOurStream(stream)) return true;
  // Most events of others need no parsing.
  if (!meta.startsWith('{"v":') || isOfOtherInstallation(stream)) return false;
  try {
    return isEnvelope(JSON.parse(meta));
  } catch {
    return false;
  }
};

/** Undefined: this program knows the type and its version. */
const whyUnknown = (recorded: Recorded): string | undefined => {
  const { type, meta } = recorded;
  if (!isEventType(type)) return `has the unknown type ${type}`;
  const known = versionOf(type);
  // `encode` writes the version first, so that most events need no parsing here.
  if (meta.startsWith(`{"v":${known},`)) return undefined;
  const { v } = envelopeOf(recorded);
  return v > known ? `is a ${type} of version ${v}, newer than the ${known} known here` : undefined;
};

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
  const { open, private: part } = split(type, data);
  return {
    id,
    type,
    data: JSON.stringify(open),
    meta: JSON.stringify({ v: versionOf(type), at, ...meta }),
    ...(part && { private: part }),
  };
};

/** The data with its private part, and whether that is missing. */
const dataOf = (recorded: Recorded, type: EventType) => {
  const { secret, ...open } = parse(recorded, recorded.data) as Data & { readonly secret?: string };
  if (secret === undefined) return { data: open };
  if (recorded.opened === '') throw new Unreadable(recorded, 'has a private part that is damaged');
  if (typeof recorded.opened !== 'string') return { data: { ...open, ...erasedPart(type) }, secret, isClosed: true };
  return { data: { ...open, ...(parse(recorded, recorded.opened) as Data) }, secret };
};

/** @throws Unreadable an event of an unknown type, version or shape */
export const decode = (recorded: Recorded): Event => {
  mustBeKnown(recorded);
  const { id, stream, revision, position } = recorded;
  const { v, at, hash: _, ...meta } = envelopeOf(recorded);
  const type = recorded.type as EventType;
  const { data: found, ...closed } = dataOf(recorded, type);
  let data: Data = found;
  for (let version = v; version < versionOf(type); version++) data = upcasters[type]![version]!(data);
  const parsed = schemas[type].safeParse(data);
  if (!parsed.success) throw new Unreadable(recorded, `is not a ${type}: ${parsed.error.message}`);
  return { id, type, stream, revision, position, at, meta, data: parsed.data, ...closed } as Event;
};

export interface Decode {
  (recorded: Recorded): Event;
  /** Decodes again what it is asked from here on. */
  readonly forget?: () => void;
}

/** Events that a shared decoder keeps: more than lie between its fastest and its slowest follower. */
const KEPT = 1024;

/** Decodes each event once for all that follow the log together. @throws Unreadable */
export const createDecoder = (): Decode => {
  const kept: (Event | undefined)[] = new Array(KEPT).fill(undefined);
  const decodeOnce = (recorded: Recorded): Event => {
    const slot = recorded.position % KEPT;
    const found = kept[slot];
    if (found?.id === recorded.id && found.position === recorded.position) return found;
    const event = decode(recorded);
    kept[slot] = event;
    return event;
  };
  return Object.assign(decodeOnce, { forget: () => void kept.fill(undefined) });
};
