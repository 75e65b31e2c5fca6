// Who of a group's members cannot manage it: asked before decisions about its owners.

import type { Conversation } from '../domain/conversation.ts';
import { type Absences, absenceOf } from '../domain/heirs.ts';
import type { Members } from '../domain/members.ts';
import { users } from '../domain/user.ts';
import type { Ledger } from './ledger.ts';

function* heirsIn(members: Members): Generator<string, void> {
  yield* members.owners.keys();
  for (const [userId] of members) if (!members.owners.has(userId)) yield userId;
}

type Among = (members: Members) => Iterable<string>;

/** Looks at them one by one, up to the first who can manage the group. `without`: somebody who will not. */
const absences =
  (among: Among) =>
  async (
    { ledger }: { readonly ledger: Ledger },
    { kind, members }: Conversation,
    without: string | null = null,
  ): Promise<Absences> => {
    const found = new Map<string, 'away' | 'deleted'>();
    if (kind !== 'group') return found;
    for (const userId of among(members)) {
      if (userId === without) continue;
      const absence = absenceOf(await ledger.load(users, userId));
      if (absence === undefined) break;
      found.set(userId, absence);
    }
    return found;
  };

/** Of the owners. */
export const absentOwners = absences(({ owners }) => owners.keys());
/** Of the owners, and of those who may own the group after them, in that order. */
export const absentHeirs = absences(heirsIn);
