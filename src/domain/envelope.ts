// What is recorded about every event, whatever its type: who recorded it, in which version, and when.

import type { Recorded } from '../store/ports.ts';
import type { Meta } from './events.ts';
import { isOfOtherInstallation, isOurStream } from './streams.ts';
import { earlier, isEventType, versionOf } from './versions.ts';

/** An event that this program cannot read: a newer program recorded it, or it is damaged. History is never skipped. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  /** Never its content, since errors are logged. */
  readonly event: Pick<Recorded, 'id' | 'type' | 'stream' | 'revision' | 'position'>;
  constructor({ id, type, stream, revision, position }: Recorded, why: string) {
    super(`event ${position}, in ${stream}, ${why}`);
    this.event = { id, type, stream, revision, position };
  }
}

export const parse = (recorded: Recorded, text: string): unknown => {
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

const AT = '"at":"';
const TIME_CHARS = '2026-01-31T12:00:00.000Z'.length;

/** ISO time of recording. `encode` writes it before any text of clients, so nothing need be parsed. */
export const timeOf = ({ meta }: Pick<Recorded, 'meta'>): string => {
  const begin = meta.indexOf(AT) + AT.length;
  return meta.slice(begin, begin + TIME_CHARS);
};

/** What `encode` writes about every event, whatever its type and version. */
const isEnvelope = (meta: unknown): meta is Envelope => {
  const { v, at, correlationId } = (meta ?? {}) as Partial<Record<keyof Envelope, unknown>>;
  return Number.isInteger(v) && typeof at === 'string' && typeof correlationId === 'string';
};

export const envelopeOf = (recorded: Recorded): Envelope => {
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
export const whyUnknown = (recorded: Recorded, versions = earlier): string | undefined => {
  const { type, meta } = recorded;
  if (!isEventType(type)) return `has the unknown type ${type}`;
  const known = versionOf(type, versions);
  // `encode` writes the version first, so that most events need no parsing here.
  if (meta.startsWith(`{"v":${known},`)) return undefined;
  const { v } = envelopeOf(recorded);
  return v > known ? `is a ${type} of version ${v}, newer than the ${known} known here` : undefined;
};
