// What the requests of this API hold. Their errors have this API's own texts.

import { type Body, rawField } from '../django/body.ts';
import { lengthOf } from '../django/text.ts';
import { toUuid } from '../shared/uuid.ts';
import { MAX_SLUG, slugFor } from './slugs.ts';
import { errors } from './texts.ts';

const textIn = (body: Body, name: string): string => {
  const value = rawField(body, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
};

const MAX_NAME = 100;

export interface NewGroup {
  readonly name: string;
  readonly slug: string;
  readonly public: boolean;
}

/** @throws ApiError 400 */
export const readNewGroup = (body: Body): NewGroup => {
  const name = textIn(body, 'group_name');
  const type = textIn(body, 'type');
  const slug = textIn(body, 'slug');
  if (name === '') throw errors.nameMissing();
  if (type === '') throw errors.typeMissing();
  if (type !== 'public' && type !== 'private') throw errors.typeUnknown();
  if (lengthOf(name) > MAX_NAME) throw errors.nameTooLong();
  if (lengthOf(slug) > MAX_SLUG) throw errors.slugTooLong();
  return { name, slug: slugFor(name, slug), public: type === 'public' };
};

export type MemberChange = 'add' | 'remove' | undefined;

const isTrue = (value: unknown): boolean =>
  typeof value === 'string' ? !/^(?:false|0|no|off|null|none|)$/i.test(value.trim()) : Boolean(value);

/** Clients say it in two ways; both at once add the member. */
export const readMemberChange = (body: Body): MemberChange => {
  const action = rawField(body, 'action');
  if (isTrue(rawField(body, 'add_member')) || action === 'add_member') return 'add';
  if (isTrue(rawField(body, 'remove_member')) || action === 'remove_member') return 'remove';
  return undefined;
};

/** The id of a person in a body. @throws ApiError 400 */
export const readUuid = (body: Body): string => {
  const given = rawField(body, 'uuid');
  if (given === undefined || given === null || given === '') throw errors.uuidMissing();
  const uuid = typeof given === 'string' ? toUuid(given.trim()) : undefined;
  if (uuid === undefined) throw errors.uuidInvalid();
  return uuid;
};
