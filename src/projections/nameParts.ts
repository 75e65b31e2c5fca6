// Every part of the names that everybody may see, each from one of its characters to the end: people are found by any part.

import { searchable } from '../domain/names.ts';
import { changesOf, type Projection } from './projection.ts';

/** As small as can be: an account has some twenty of them. */
export interface NamePartDoc {
  /** Of the user, then a letter for the name, then where the part begins. */
  readonly id: string;
  /** The part, as names are searched, and the id, so that no two are equal. */
  readonly key: string;
  /** False: the name has become shorter, and has no such part. */
  readonly isIn: boolean;
}

const fields = ['username', 'firstName', 'lastName', 'displayName'] as const;
type Field = (typeof fields)[number];
const letterOf = { username: 'u', firstName: 'f', lastName: 'l', displayName: 'd' } as const;
type Names = { readonly [F in Field]?: string | null | undefined };

/** Characters of a name that are searched: a longer name is found by its beginning alone. */
const SEARCHED = 64;
const UUID = 36;

const lettersOf = (name: string | null | undefined): readonly string[] =>
  Array.from(searchable(name ?? '')).slice(0, SEARCHED);

/** As much of a text as parts can begin with. */
export const searchedOf = (text: string): string => lettersOf(text).join('');

const idOf = (userId: string, field: Field, at: number): string => `${userId}${letterOf[field]}${at}`;

export const userIdIn = ({ id }: NamePartDoc): string => id.slice(0, UUID);

/** The id of the first part of the user's names that begins with `text`; undefined: none does. */
export const firstPartWith = (text: string, userId: string, names: Names): string | undefined => {
  for (const field of fields) {
    const letters = lettersOf(names[field]);
    const at = letters.findIndex((_, i) => letters.slice(i).join('').startsWith(text));
    if (at >= 0) return idOf(userId, field, at);
  }
  return undefined;
};

const { put, patch, remove } = changesOf('nameParts');

const partsOf = (userId: string, field: Field, name: string | null | undefined): readonly NamePartDoc[] =>
  lettersOf(name).map((_, at, letters) => {
    const id = idOf(userId, field, at);
    return { id, key: `${letters.slice(at).join('')} ${id}`, isIn: true };
  });

export const partsOfNames = (userId: string, names: Names): readonly NamePartDoc[] =>
  fields.flatMap((field) => partsOf(userId, field, names[field]));

/** The parts of a new name in the place of an old one, which the event does not tell. A patch of a missing part does nothing. */
const renamed = (userId: string, field: Field, name: string | null) => {
  const parts = partsOf(userId, field, name).map((part) => put({ ...part }));
  const rest = Array.from({ length: SEARCHED - parts.length }, (_, i) =>
    patch(idOf(userId, field, parts.length + i), { key: '', isIn: false }),
  );
  return [...parts, ...rest];
};

export const nameParts: Projection = {
  collection: { name: 'nameParts', indexes: [{ fields: ['isIn'], sort: 'key' }] },
  on: {
    UserRegistered: ({ data }) => partsOfNames(data.userId, data).map((part) => put({ ...part })),
    UsernameChanged: ({ data: { userId, username } }) => renamed(userId, 'username', username),
    ProfileChanged: ({ data: { userId, changes } }) =>
      (['firstName', 'lastName'] as const).flatMap((field) => {
        const name = changes[field];
        return name === undefined ? [] : renamed(userId, field, name);
      }),
    DisplayNameChanged: ({ data: { userId, displayName } }) => renamed(userId, 'displayName', displayName),
    // How long the names were is nobody's business either.
    PersonErased: ({ data: { userId } }) =>
      fields.flatMap((field) => Array.from({ length: SEARCHED }, (_, at) => remove(idOf(userId, field, at)))),
    UserDeleted: ({ data: { userId } }) => fields.flatMap((field) => renamed(userId, field, null)),
  },
};
