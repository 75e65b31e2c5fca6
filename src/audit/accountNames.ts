// What an account was called, from the events of its own stream.

import { isDeepStrictEqual } from 'node:util';
import { decode } from '../domain/codec.ts';
import { streams } from '../domain/streams.ts';
import { type User, users } from '../domain/user.ts';
import { type EventReader, isLastPage } from '../store/ports.ts';

export interface NameThen {
  /**
   * How the account chose to be called, else the full name, else the username, else the e-mail address. Null: the account had
   * none, or was erased.
   */
  readonly name: string | null;
  readonly username: string | null;
  /** The account was deleted by then: these are its last names. */
  readonly deleted?: true;
  /** Since then, the person was erased. */
  readonly erased?: true;
}

export interface Account {
  /** From its position on, the account had the name. */
  readonly names: readonly { readonly position: number; readonly then: NameThen }[];
  readonly nextRevision: number;
  /** The names are known up to this position. */
  upTo: number;
}

const PAGE = 500;

const naming = new Set([
  'UserRegistered',
  'ProfileChanged',
  'DisplayNameChanged',
  'UsernameChanged',
  'EmailChanged',
  'UserDeleted',
]);

const nameOf = ({ displayName, profile: { firstName, lastName }, names: { username, email } }: User): NameThen => ({
  name: displayName || [firstName, lastName].filter((part) => part !== '').join(' ') || username || email,
  username,
});

const nobody = { name: null, username: null, erased: true } as const;

const withoutName = ({ position, then: before }: Account['names'][number]): Account['names'][number] => {
  const then = { ...before, ...nobody };
  return { position, then };
};

/** Reads the stream of the account up to its end. `upTo`: the end of the log. */
export const accountNames = async (
  events: Pick<EventReader, 'readStream'>,
  userId: string,
  upTo: number,
): Promise<Account> => {
  const names: Account['names'][number][] = [];
  let user = users.initial();
  // The keys may still be there, and a reader beside the server is not told when they are gone.
  let isErased = false;
  for (let nextRevision = 0; ; ) {
    const page = await events.readStream(streams.user(userId), { from: nextRevision, limit: PAGE });
    for (const event of page.filter(({ type }) => naming.has(type)).map(decode)) {
      const before = names.at(-1)?.then ?? { name: null, username: null };
      user = users.evolve(user, event, event);
      const isDeleted = event.type === 'UserDeleted';
      const then: NameThen = event.isClosed
        ? nobody
        : isDeleted || before.erased
          ? { ...before, ...(isDeleted && { deleted: true }) }
          : nameOf(user);
      // Most changes of a profile leave the name.
      if (!isDeepStrictEqual(then, names.at(-1)?.then)) names.push({ position: event.position, then });
    }
    isErased ||= page.some(({ type }) => type === 'PersonErased');
    nextRevision = (page.at(-1)?.revision ?? nextRevision - 1) + 1;
    if (isLastPage(page, PAGE)) return { names: isErased ? names.map(withoutName) : names, nextRevision, upTo };
  }
};
