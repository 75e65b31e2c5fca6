// Which connections give their place to a newcomer when the server is full.

import type { Connection, ConnectionLimits } from './connection.ts';

const addressOf = ({ owner }: Connection): string => owner;

/** Nobody is behind: ends the newest request of the address with most connections, if the newcomer's has fewer. */
const takePlaceFor = (all: readonly Connection[], newcomer: Connection): boolean => {
  const requests = all.filter(({ isUpgraded }) => !isUpgraded);
  const ofAddress = Map.groupBy(requests, addressOf);
  const own = ofAddress.get(addressOf(newcomer))!.length;
  const [most = []] = [...ofAddress.values()].toSorted((a, b) => b.length - a.length);
  if (most.length <= own) return false;
  most.at(-1)!.end('busy');
  return true;
};

/**
 * Finds the address with most slow connections and closes those that are furthest behind, so that one client cannot
 * crowd out others. Closes several at once if there are many, so that a flood does not scan all of them each time.
 */
export const makeRoom = (all: readonly Connection[], newcomer: Connection, limits: ConnectionLimits): boolean => {
  const now = performance.now();
  const owing = all.flatMap((connection) => {
    const since = connection === newcomer ? undefined : connection.owedSince(now, limits);
    return since === undefined ? [] : [{ connection, since }];
  });
  const ofAddress = Map.groupBy(owing, ({ connection }) => addressOf(connection));
  const [most = []] = [...ofAddress.values()].toSorted((a, b) => b.length - a.length);
  const slowest = most.toSorted((a, b) => a.since - b.since).slice(0, Math.ceil(most.length / 64));
  for (const { connection } of slowest) connection.end('busy');
  return slowest.length > 0 || takePlaceFor(all, newcomer);
};
