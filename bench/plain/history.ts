// A history that neither chains nor encrypts, and otherwise is the program's own: what a private part costs that is kept as it
// is. `register.ts` puts it in the place of the program's.

import { createHistory as createOwn } from '../../src/history/history.ts';
import { secretIn, withSecret } from '../../src/history/secret.ts';
import type { Draft, EventStore, History, KeyStore, NewEvent, Recorded } from '../../src/store/ports.ts';

export * from '../../src/history/history.ts';

/** A JSON object begins like this, and what is encrypted never does. */
const isPlain = (secret: string): boolean => secret.startsWith('{');

const plain = ({ id, type, data, meta, private: part }: Draft): NewEvent => ({
  id,
  type,
  data: part === undefined ? data : withSecret(data, JSON.stringify(part.text).slice(1, -1)),
  meta,
});

const opened = (event: Recorded): Recorded => {
  const secret = secretIn(event.data);
  return secret !== undefined && isPlain(secret) ? { ...event, opened: JSON.parse(`"${secret}"`) } : event;
};

/** Reads also what the program's own history recorded. */
export const createHistory = (events: EventStore, keys: KeyStore, clock: () => number): History => {
  const own = createOwn(events, keys, clock);
  const openAll = async (page: readonly Recorded[]): Promise<readonly Recorded[]> => {
    const known = page.map(opened);
    return known.some(({ data, opened }) => opened === undefined && secretIn(data)) ? own.openAll(known) : known;
  };
  return {
    ...own,
    openAll,
    append: (stream, expected, drafts) => events.append(stream, expected, drafts.map(plain)),
    readStream: async (stream, range) => openAll(await events.readStream(stream, range)),
    readLog: async (position, limit) => openAll(await events.readLog(position, limit)),
    async *follow(position, signal) {
      for await (const batch of events.follow(position, signal)) yield await openAll(batch);
    },
    open: async (secrets) =>
      secrets.every(({ secret }) => isPlain(secret)) ? secrets.map(({ secret }) => secret) : own.open(secrets),
  };
};
