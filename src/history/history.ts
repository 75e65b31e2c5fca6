// The log as the program uses it. What it appends is chained, event by event, and its private parts are encrypted; what it
// reads is open again, unless the keys were destroyed.

import { LRUCache } from 'lru-cache';
import {
  Conflict,
  type Draft,
  type EventReader,
  type EventStore,
  type History,
  type KeyStore,
  type NewEvent,
  NO_STREAM,
  type Recorded,
} from '../store/ports.ts';
import { chain, hashIn, NO_HASH } from './chain.ts';
import { combined, decrypt, encrypt } from './cipher.ts';
import { createKeyRing, type Key, type KeyRing } from './keyRing.ts';
import { partsOf, secretIn, secretOf, withSecret } from './secret.ts';

/** Streams whose last hash is in memory. */
const ENDS_KNOWN = 20_000;

/** Opens private parts. @throws Unavailable; Error a key is missing that nobody destroyed */
const openerWith =
  (ring: Pick<KeyRing, 'find'>): History['open'] =>
  async (secrets) => {
    const parts = secrets.map(({ secret }) => partsOf(secret));
    const ids = [...new Set(parts.flatMap(({ keyIds }) => keyIds))];
    const found = new Map((await ring.find(ids)).map((key, i) => [ids[i]!, key]));
    const keyOf = (id: string): Key => {
      const key = found.get(id);
      if (key === undefined) throw new Error(`the store of keys lacks ${id}, and nobody destroyed it`);
      return key;
    };
    return parts.map(({ keyIds, encrypted }, i) => {
      const [one, other] = keyIds.map(keyOf);
      if (!one || other === null) return null;
      return decrypt(encrypted, other ? combined(one, other) : one, secrets[i]!.id) ?? '';
    });
  };

const readerOn = <Store extends EventReader>({ readStream, readLog, head, close }: Store, open: History['open']) => {
  /** Followers share the events at the end of the log. */
  const opened = new WeakMap<Recorded, Recorded>();
  const openAll = async (events: readonly Recorded[]): Promise<readonly Recorded[]> => {
    const sealed = events.flatMap((event) => {
      const secret = opened.has(event) ? undefined : secretIn(event.data);
      return secret === undefined ? [] : [{ event, id: event.id, secret }];
    });
    if (sealed.length > 0) {
      const parts = await open(sealed);
      for (const [i, { event }] of sealed.entries()) opened.set(event, { ...event, opened: parts[i]! });
    }
    return events.map((event) => opened.get(event) ?? event);
  };
  return {
    openAll,
    readStream: async (stream, range) => openAll(await readStream(stream, range)),
    readLog: async (position, limit) => openAll(await readLog(position, limit)),
    head,
    close,
  } satisfies EventReader & { openAll: unknown };
};

/** Reads a log and opens its private parts. `close` closes the log. */
export const openReader = (events: EventReader, keys: Pick<KeyStore, 'get'>): EventReader => {
  const find = (ids: readonly string[]) => keys.get(ids) as Promise<readonly (Key | undefined)[]>;
  return readerOn(events, openerWith({ find }));
};

/** `clock`: monotonic milliseconds. */
export const createHistory = (events: EventStore, keys: KeyStore, clock: () => number): History => {
  const ring = createKeyRing(keys, clock);
  const open = openerWith(ring);
  const { openAll, ...reader } = readerOn(events, open);
  /** The last event of each stream that this process wrote or read lately. */
  const ends = new LRUCache<string, { readonly revision: number; readonly hash: string }>({
    // With `max` the cache would allocate its full size at once.
    maxSize: ENDS_KNOWN,
    sizeCalculation: () => 1,
  });

  const learn = (stream: string, last: Recorded | undefined): void => {
    const hash = last && hashIn(last.meta);
    if (hash === undefined || last!.revision < (ends.get(stream)?.revision ?? NO_STREAM)) return;
    ends.set(stream, { revision: last!.revision, hash });
  };

  /** @throws Conflict the stream has no such event */
  const hashAt = async (stream: string, revision: number): Promise<string> => {
    if (revision === NO_STREAM) return NO_HASH;
    const known = ends.get(stream);
    if (known?.revision === revision) return known.hash;
    const [event] = await events.readStream(stream, { from: revision, limit: 1 });
    if (event === undefined) throw new Conflict(stream);
    const hash = hashIn(event.meta);
    if (hash === undefined) throw new Error(`${stream} is not chained at ${revision}: another program recorded it`);
    return hash;
  };

  const sealed = async ({ private: part, ...event }: Draft): Promise<NewEvent> => {
    if (part === undefined) return event;
    const { text, subject, alone } = part;
    const own = alone ? await ring.own() : undefined;
    const ofSubject = subject === null ? undefined : await ring.ofSubject(subject);
    // Whoever was erased can say nothing: it is unreadable from the start.
    if (ofSubject === null) throw new Error(`the keys of ${subject} were destroyed: nothing private is recorded of it`);
    const key = own && ofSubject ? combined(own.key, ofSubject) : (own?.key ?? ofSubject);
    if (key === undefined) throw new Error(`the private part of ${event.type} needs a key`);
    const keyIds = [own?.id ?? '', subject ?? ''];
    return { ...event, data: withSecret(event.data, secretOf(keyIds, encrypt(text, key, event.id))) };
  };

  return {
    ...reader,
    recorded: events,
    open,
    async probe() {
      await Promise.all([events.probe(), keys.probe()]);
    },
    async append(stream, expected, drafts) {
      let hash = await hashAt(stream, expected);
      const chained: NewEvent[] = [];
      for (const [i, draft] of drafts.entries()) {
        const { id, type, data, meta: unchained } = await sealed(draft);
        let meta: string;
        [meta, hash] = chain(hash, { stream, revision: expected + 1 + i, id, type, data, meta: unchained });
        chained.push({ id, type, data, meta });
      }
      const appended = await events.append(stream, expected, chained);
      ends.set(stream, { revision: appended.revision, hash });
      return appended;
    },
    async readStream(stream, range) {
      const page = await events.readStream(stream, range);
      learn(stream, range?.backwards ? page[0] : page.at(-1));
      return openAll(page);
    },
    async *follow(position, signal) {
      for await (const batch of events.follow(position, signal)) yield await openAll(batch);
    },
  } satisfies History;
};
