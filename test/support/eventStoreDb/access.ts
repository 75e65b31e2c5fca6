// Who may call a node with users. Without users everybody may do everything.

import { type Metadata, status } from '@grpc/grpc-js';
import { Refusal } from './refusal.ts';
import { failure } from './wire.ts';

export interface User {
  readonly name: string;
  readonly password: string;
  /** Of the group `$admins`, or named in the access control list of `$all`. */
  readonly mayReadAll: boolean;
}

/** Whether a call with these headers comes from a user; false: from nobody in particular. @throws Error of the call */
const userOf = (users: readonly User[], headers: Metadata): User | undefined => {
  const given = headers.get('authorization')[0]?.toString();
  if (given === undefined) return undefined;
  const user = users.find(
    ({ name, password }) => given === `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
  );
  if (!user) throw failure(status.UNAUTHENTICATED, '');
  return user;
};

/**
 * Lets a call through. Streams are everybody's, as in a new node; a password must be right all the same.
 * @throws Error of the call; Refusal it reads `$all`, and may not.
 */
export const checkAccess = (users: readonly User[], headers: Metadata, readsAll: boolean): void => {
  if (users.length > 0 && !userOf(users, headers)?.mayReadAll && readsAll) throw new Refusal('access-denied');
};

/** Lets a call through that any node may answer, or that came to the leader. @throws Error of the call */
export const checkLead = (headers: Metadata, leader: string): void => {
  if (leader === '' || headers.get('requires-leader').length === 0) return;
  const [host = '', port = ''] = leader.split(':');
  const trailers = { exception: 'not-leader', 'leader-endpoint-host': host, 'leader-endpoint-port': port };
  throw failure(status.NOT_FOUND, `Leader info available (${leader})`, trailers);
};
