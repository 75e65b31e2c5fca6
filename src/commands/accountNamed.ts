// Finds an account by what an operator calls it, reading the log alone: for verbs that run beside a server.

import { claims } from '../domain/claim.ts';
import { canonical } from '../domain/names.ts';
import { holds, users } from '../domain/user.ts';
import type { Pseudonym } from '../history/pseudonyms.ts';
import type { EventReader } from '../store/ports.ts';
import { claimId } from './claims.ts';
import { stateIn } from './readEvents.ts';

/** `name`: an id, an e-mail address or a username. `pseudonym`: undefined: nobody has a name. @returns the id */
export const accountNamed = async (
  events: Pick<EventReader, 'readStream'>,
  pseudonym: Pseudonym | undefined,
  name: string,
): Promise<string | undefined> => {
  const id = name.toLowerCase();
  if ((await stateIn(events, users, id)).status !== 'unknown') return id;
  if (pseudonym === undefined) return undefined;
  for (const kind of ['email', 'username'] as const) {
    const { ownerId } = await stateIn(events, claims, claimId(pseudonym, kind, name));
    if (ownerId !== null && holds(await stateIn(events, users, ownerId), kind, canonical(kind, name))) return ownerId;
  }
};
