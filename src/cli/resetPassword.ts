// verbatim reset-password: makes a link with which the owner of an account sets a new password. It only reads, so it works
// beside a running server, and nobody but the owner learns the password.

import { createLinks, LINK_LIFETIME } from '../auth/links.ts';
import { rootsOf } from '../auth/secret.ts';
import { closeAfter } from '../closing.ts';
import { claimId } from '../commands/claims.ts';
import { tokenFor } from '../commands/mailedLinks.ts';
import { eventsIn } from '../commands/readEvents.ts';
import { type Config, readConfig } from '../config.ts';
import type { Aggregate } from '../domain/aggregate.ts';
import { claims } from '../domain/claim.ts';
import { decode } from '../domain/codec.ts';
import { canonical } from '../domain/names.ts';
import { holds, isActive, type User, users } from '../domain/user.ts';
import type { EventReader } from '../store/ports.ts';
import { openEventReader, secretsOfServer } from '../stores.ts';
import { mustHaveLog } from './backupSource.ts';
import { UsageError, type Verb } from './verb.ts';

const stateOf = async <State>(events: EventReader, aggregate: Aggregate<State>, id: string): Promise<State> => {
  let state = aggregate.initial();
  for await (const recorded of eventsIn(events, aggregate.stream(id))) {
    const event = decode(recorded);
    state = aggregate.evolve(state, event, event);
  }
  return state;
};

const userNamed = async (events: EventReader, name: string): Promise<User | undefined> => {
  for (const kind of ['email', 'username'] as const) {
    const { ownerId } = await stateOf(events, claims, claimId(kind, name));
    const user = ownerId === null ? undefined : await stateOf(events, users, ownerId);
    if (user && holds(user, kind, canonical(kind, name))) return user;
  }
  return undefined;
};

const addressOf = ({ PUBLIC_URL, HOST, PORT }: Config): string =>
  PUBLIC_URL ?? `http://${HOST.includes(':') ? `[${HOST}]` : HOST}:${PORT}`;

const makeLink = async (name: string): Promise<void> => {
  const config = readConfig(process.env);
  await mustHaveLog(config);
  const user = await closeAfter(await openEventReader(config), (events) => userNamed(events, name));
  if (user === undefined) throw new UsageError(`there is no account '${name}'`);
  if (!isActive(user)) throw new UsageError(`the account '${name}' is suspended: reinstate it first`);
  const links = createLinks({ secrets: rootsOf(await secretsOfServer(config)).tokens, now: () => new Date() });
  const minutes = LINK_LIFETIME['reset-password'] / 60;
  console.log(`${addressOf(config)}/reset-password#${tokenFor({ links }, 'reset-password', user)}`);
  console.error(`Good once, for ${minutes} minutes. Give it to the owner of ${name} alone.`);
};

export const resetPassword: Verb = (command) =>
  command
    .description('make a link with which the owner of an account sets a new password')
    .argument('<name>', 'its e-mail address or username')
    .action(makeLink);
