// Everybody there is to a private group, for tests that ask who may do what.

import type { Person, Program } from './program.ts';

/** `signedOut`: with the token of a session that has ended. `refresh`: with a refresh token in place of an access token. */
export const everybody = [
  'nobody',
  'deleted',
  'signedOut',
  'refresh',
  'stranger',
  'left',
  'staff',
  'auditor',
  'admin',
  'owner',
  'member',
] as const;
export type Who = (typeof everybody)[number];

/** Do they have no credential that is good? */
export const isOut = (who: Who): boolean => ['nobody', 'deleted', 'signedOut', 'refresh'].includes(who);
/** Are they in the group? */
export const isIn = (who: Who): boolean => who === 'member' || who === 'owner';

export interface Crowd {
  /** Makes the names of its people unique. */
  readonly run: number;
  readonly people: Readonly<Record<Exclude<Who, 'nobody'>, Person>>;
  /** What each presents. */
  readonly tokens: Readonly<Record<Who, string | undefined>>;
}

let runs = 0;

export const makeCrowd = async (program: Program): Promise<Crowd> => {
  const run = ++runs;
  const made = await Promise.all(
    everybody.map((who) => (who === 'nobody' ? undefined : program.person(`${who}-${run}`))),
  );
  const people = Object.fromEntries(everybody.map((who, i) => [who, made[i]])) as Crowd['people'];
  await program.call('DELETE', '/v1/me', { token: people.deleted.token });
  await program.call('DELETE', '/v1/sessions/current', { token: people.signedOut.token });
  for (const role of ['staff', 'auditor', 'admin'] as const) await program.grant(people[role].id, role);
  const tokens = Object.fromEntries(everybody.map((who, i) => [who, made[i]?.token])) as Crowd['tokens'];
  return { run, people, tokens: { ...tokens, refresh: people.refresh.refreshToken } };
};

/** A private group of `member` and `owner`, which `left` was in, and something that the owner said in it: `kept private`. */
export const makeGroup = async (program: Program, { people, tokens }: Crowd, fileId: string | null = null) => {
  const json = { name: `kept private ${++runs}`, memberIds: [people.member.id, people.left.id] };
  const { id, number } = (await program.call('POST', '/v1/groups', { token: tokens.owner, json })).json;
  await program.call('POST', `/v1/conversations/${id}/leave`, { token: tokens.left });
  const said = { text: 'kept private', ...(fileId === null ? {} : { fileId }) };
  const messages = `/v1/conversations/${id}/messages`;
  const message = (await program.call('POST', messages, { token: tokens.owner, json: said })).json.id;
  return { id, number, message } as { readonly id: string; readonly number: number; readonly message: string };
};
