// The log as the program uses it. What it appends is chained, event by event, and its private parts are encrypted; what it
// reads is open again, unless the keys were destroyed.

import { LRUCache } from 'lru-cache';
import {
  Conflict,
  type Draft,
  type EventReader,
  type EventStore,
  type History,
  KeyDestroyed,
  type KeyStore,
  type MarkedReader,
  type NewEvent,
  NO_STREAM,
  type OpenReader,
  type Recorded,
} from '../store/ports.ts';
import { chain, hashIn, NO_HASH } from './chain.ts';
import { combined, decrypt, encrypt } from './cipher.ts';
import { createGivingWay } from './givingWay.ts';
import { createKeyRing, type FindKeys, type Key, keyFinder, type OwnKey } from './keyRing.ts';
import { createLatestParts } from './latestParts.ts';
import { createMarks } from './marks.ts';
import { partsOf, secretIn, secretOf, withSecret } from './secret.ts';

/** Streams whose last hash is in memory. */
const ENDS_KNOWN = 20_000;

/** Opens private parts. @throws Unavailable; Error a key is missing that nobody destroyed */
const openerWith =
  (find: FindKeys): History['open'] =>
  async (secrets) => {
    const parts = secrets.map(({ secret }) => partsOf(secret));
    const names = [...new Set(parts.flatMap(({ keyNames }) => keyNames))];
    const found = new Map((await find(names)).map((key, i) => [names[i]!, key]));
    const keyOf = (name: string): Key => {
      const key = found.get(name);
      if (key === undefined) throw new Error(`the store of keys lacks ${name}, and nobody destroyed it`);
      return key;
    };
    return parts.map(({ keyNames, encrypted }, i) => {
      const [one, other] = keyNames.map(keyOf);
      if (!one || other === null) return null;
      return decrypt(encrypted, other ? combined(one, other) : one, secrets[i]!.id) ?? '';
    });
  };

const readerOn = (
  { readStream, readLog, head, close }: EventReader,
  open: History['open'],
  marks: MarkedReader['marks'],
) => {
  const openAll = async (events: readonly Recorded[]): Promise<readonly Recorded[]> => {
    const secrets = events.map(({ data }) => secretIn(data));
    const sealed = events.flatMap(({ id }, i) => (secrets[i] === undefined ? [] : [{ id, secret: secrets[i] }]));
    if (sealed.length === 0) return events;
    const parts = await open(sealed);
    let next = 0;
    return events.map((event, i) => (secrets[i] === undefined ? event : { ...event, opened: parts[next++]! }));
  };
  return {
    openAll,
    readStream: async (stream, range) => openAll(await readStream(stream, range)),
    readLog: async (position, limit) => openAll(await readLog(position, limit)),
    head,
    close,
    marks,
  } satisfies Omit<OpenReader, 'recorded'> & MarkedReader;
};

/** Reads a log and opens its private parts. `close` closes the log. */
export const openReader = (events: EventReader, keys: Pick<KeyStore, 'get'>): OpenReader & MarkedReader => ({
  ...readerOn(events, openerWith(keyFinder(keys.get)), createMarks(keys).marks),
  recorded: events,
});

/** `clock`: monotonic milliseconds. */
export const createHistory = (events: EventStore, keys: KeyStore, clock: () => number): History => {
  const ring = createKeyRing(keys, clock);
  const latest = createLatestParts();
  const open = latest.openWith(openerWith(ring.find));
  const { marks, forget } = createMarks(keys);
  const reader = readerOn(events, open, marks);
  /** The last event of each stream that this process wrote or read lately. */
  const ends = new LRUCache<string, { readonly revision: number; readonly hash: string }>({
    // With `max` the cache would allocate its full size at once.
    maxSize: ENDS_KNOWN,
    sizeCalculation: () => 1,
  });

  const listeners: ((keyNames: readonly string[]) => void)[] = [];
  let times = 0;
  const forgotNow = (names: readonly string[]): void => {
    times++;
    latest.forget();
    forget();
    for (const tell of listeners) tell(names);
  };

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

  /** The private part of an event, encrypted under its keys, is in the data that it returns. */
  const sealed = ({ id, data, private: part }: Draft, own: OwnKey | undefined, ofSubject: Key | undefined): string => {
    if (part === undefined) return data;
    // Whoever was erased can say nothing: it is unreadable from the start.
    if (ofSubject === null) throw new KeyDestroyed(part.subject!);
    const key = own && ofSubject ? combined(own.key, ofSubject) : (own?.key ?? ofSubject);
    if (key === undefined) throw new Error('a private part needs a key');
    latest.keep(id, part.text);
    return withSecret(data, secretOf(own?.name ?? '', part.subject ?? '', encrypt(part.text, key, id)));
  };

  const sealAll = async (drafts: readonly Draft[]): Promise<readonly string[]> => {
    const parts = drafts.map((draft) => draft.private);
    if (parts.every((part) => part === undefined)) return drafts.map(({ data }) => data);
    const subjects = [...new Set(parts.flatMap((part) => part?.subject ?? []))];
    const keys = await ring.ofSubjects(subjects);
    const owns = [...(await ring.own(parts.filter((part) => part?.alone).length))];
    return drafts.map((draft, i) => {
      const subject = parts[i]?.subject ?? null;
      const ofSubject = subject === null ? undefined : keys[subjects.indexOf(subject)];
      return sealed(draft, parts[i]?.alone ? owns.pop() : undefined, ofSubject);
    });
  };

  /** As it lies. */
  const readRecorded: EventStore['readStream'] = async (stream, range) => {
    const page = await events.readStream(stream, range);
    learn(stream, range?.backwards ? page[0] : page.at(-1));
    return page;
  };

  const destroy = async (names: readonly string[]): Promise<void> => {
    await ring.destroy(names);
    forgotNow(names);
  };

  return {
    ...reader,
    recorded: { ...events, readStream: readRecorded },
    open,
    destroy,
    async destroyAgain(names) {
      const back = await ring.undestroyed(names);
      // To forget costs others: their answers break off.
      if (back.length > 0) await destroy(back);
    },
    forget(names) {
      ring.forget(names);
      forgotNow(names);
    },
    onForget: (listener) => void listeners.push(listener),
    forgotten: () => times,
    ...createGivingWay(),
    async probe() {
      await Promise.all([events.probe(), keys.probe()]);
    },
    async append(stream, expected, drafts) {
      let hash = await hashAt(stream, expected);
      const contents = await sealAll(drafts);
      const chained = drafts.map(({ id, type, meta: unchained }, i): NewEvent => {
        const data = contents[i]!;
        let meta: string;
        [meta, hash] = chain(hash, { stream, revision: expected + 1 + i, id, type, data, meta: unchained });
        return { id, type, data, meta };
      });
      if (drafts.some((draft) => draft.private)) keys.mustBeInPlace();
      const appended = await events.append(stream, expected, chained);
      ends.set(stream, { revision: appended.revision, hash });
      return appended;
    },
    readStream: async (stream, range) => reader.openAll(await readRecorded(stream, range)),
    async *follow(position, signal) {
      for await (const batch of events.follow(position, signal)) yield await reader.openAll(batch);
    },
  } satisfies History;
};
