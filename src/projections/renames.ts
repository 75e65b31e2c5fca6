// The accounts whose public names have changed. Of an account that is not among them the views have the names that it always had.

import type { EventOf } from '../domain/events.ts';
import { changesOf, type Projection } from './projection.ts';

export interface RenameDoc {
  /** Of the account. */
  readonly id: string;
  /** Every index needs a field. */
  readonly isRenamed: true;
  /** Position of the last change. */
  readonly last: number;
}

const renamed = ({
  data: { userId: id },
  position: last,
}: EventOf<'UsernameChanged' | 'DisplayNameChanged' | 'UserDeleted'>) => [
  changesOf('renames').put({ id, isRenamed: true, last }),
];

export const renames: Projection = {
  collection: { name: 'renames', indexes: [{ fields: ['isRenamed'], sort: 'last' }] },
  on: {
    UsernameChanged: renamed,
    DisplayNameChanged: renamed,
    UserDeleted: renamed,
    ProfileChanged: ({ data: { userId: id, changes }, position: last }) =>
      changes.firstName === undefined && changes.lastName === undefined
        ? []
        : [changesOf('renames').put({ id, isRenamed: true, last })],
  },
};
