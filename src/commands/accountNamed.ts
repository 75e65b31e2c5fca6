// Finds an account by what an operator calls it, reading the log alone: for verbs that run beside a server.

import { claims } from '../domain/claim.ts';
import { canonical } from '../domain/names.ts';
import { users } from '../domain/user.ts';
import { holds } from '../domain/userNames.ts';
import type { Pseudonym } from '../history/pseudonyms.ts';
import type { EventReader } from '../store/ports.ts';
import { claimId } from './claims.ts';
import { stateIn } from './readEvents.ts';

/** A name is the id of one account, and what another one is called. */
export class NameAmbiguous extends Error {
  override readonly name = 'NameAmbiguous';
}

/**
 * Anybody may take the id of somebody else as username, and ask an operator for what is to be done to the account of that name.
 * @throws NameAmbiguous
 */
export const theOne = (name: string, withId: string | undefined, called: string | undefined): string | undefined => {
  if (withId !== undefined && called !== undefined && called !== withId)
    throw new NameAmbiguous(
      `'${name}' is the id of one account and the username of another, ${called}: name the one you mean otherwise`,
    );
  return withId ?? called;
};

/** `name`: an id, an e-mail address or a username. `pseudonym`: undefined: nobody has a name. @returns the id @throws NameAmbiguous */
export const accountNamed = async (
  events: Pick<EventReader, 'readStream'>,
  pseudonym: Pseudonym | undefined,
  name: string,
): Promise<string | undefined> => {
  const id = name.toLowerCase();
  const isId = (await stateIn(events, users, id)).status !== 'unknown';
  return theOne(name, isId ? id : undefined, pseudonym && (await calledBy(events, pseudonym, name)));
};

const calledBy = async (
  events: Pick<EventReader, 'readStream'>,
  pseudonym: Pseudonym,
  name: string,
): Promise<string | undefined> => {
  for (const kind of ['email', 'username'] as const) {
    const { ownerId } = await stateIn(events, claims, claimId(pseudonym, kind, name));
    if (ownerId !== null && holds(await stateIn(events, users, ownerId), kind, canonical(kind, name))) return ownerId;
  }
};
