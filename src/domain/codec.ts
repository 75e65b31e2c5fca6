// The one place where events become texts and texts become events. Sealing and encryption would come here.

import type { NewEvent, Recorded } from '../store/ports.ts';
import type { DomainEvent, Event, EventType, Meta } from './events.ts';
import { schemas } from './events.ts';

type Data = Record<string, unknown>;

/** Present version of the types that have had more than one. */
const versions: Partial<Record<EventType, number>> = {};

/** From the version named to the next one: `upcasters.MessageSent[1]` reads a first version as a second. */
const upcasters: Partial<Record<EventType, Record<number, (data: Data) => Data>>> = {};

const versionOf = (type: EventType): number => versions[type] ?? 1;

/** @throws Error at start where an old version of a type cannot be read. */
export const checkUpcasters = (): void => {
  for (const type of Object.keys(schemas) as EventType[])
    for (let v = 1; v < versionOf(type); v++)
      if (!upcasters[type]?.[v]) throw new Error(`no upcaster for ${type} of version ${v}`);
};

const isEventType = (type: string): type is EventType => Object.hasOwn(schemas, type);

export const encode = (id: string, event: DomainEvent, at: string, meta: Meta): NewEvent => ({
  id,
  type: event.type,
  data: JSON.stringify(event.data),
  meta: JSON.stringify({ v: versionOf(event.type), at, ...meta }),
});

/** @throws Error an event of an unknown type or shape: history this program cannot read is never skipped. */
export const decode = (recorded: Recorded): Event => {
  const { id, type, stream, revision, position } = recorded;
  if (!isEventType(type)) throw new Error(`event ${position} has the unknown type ${type}`);
  const { v, at, ...meta } = JSON.parse(recorded.meta) as { v: number; at: string } & Meta;
  let data = JSON.parse(recorded.data) as Data;
  for (let version = v; version < versionOf(type); version++) data = upcasters[type]![version]!(data);
  const parsed = schemas[type].safeParse(data);
  if (!parsed.success) throw new Error(`event ${position} is not a ${type}: ${parsed.error.message}`);
  return { id, type, stream, revision, position, at, meta, data: parsed.data } as Event;
};
