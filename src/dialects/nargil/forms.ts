// What the requests of this API hold. Their errors have this API's own texts.

import { digest } from '../../domain/ids.ts';
import { isBlank, isOneLine } from '../../domain/texts.ts';
import { type Body, rawField } from '../django/body.ts';
import { lengthOf, numberIn, textIn } from '../django/text.ts';
import { toUuid } from '../shared/uuid.ts';
import { errors } from './texts.ts';

/** Characters of a group's name and of its slug. */
const MAX = 100;

/** One Latin text for each Persian letter, as in the original, which leaves out all other letters beyond ASCII. */
const PERSIAN = [...'ابپتثجچحخدذرزسشصضطظعغفقکگلمنوهیئ'];
const LATIN = 'a b p t s j ch h kh d z r z s sh s z t z a gh f gh k g l m n v h y y'.split(' ');

const toSlug = (text: string): string =>
  [...text]
    .map((letter) => LATIN[PERSIAN.indexOf(letter)] ?? letter)
    .join('')
    .replace(/[^-\w]/g, '')
    .slice(0, MAX);

/** Can the path of a group hold it? */
export const isSlug = (text: string): boolean => /^[-\w]{1,100}$/.test(text);

/** The slug of a new group: made of the slug that the client sent, else of the name. A path can always hold it. */
export const slugFor = (name: string, sent: string): string =>
  toSlug(sent) || toSlug(name) || `group_${digest(name).toString('hex').slice(0, 12)}`;

const fieldIn = (body: Body, name: string): string => {
  const text = (textIn(rawField(body, name)) ?? '').trim();
  return isBlank(text) ? '' : text;
};

/** @throws ApiError 400 */
export const readNewGroup = (body: Body) => {
  const name = fieldIn(body, 'group_name');
  const type = fieldIn(body, 'type');
  const slug = fieldIn(body, 'slug');
  if (name === '') throw errors.nameMissing();
  if (type === '') throw errors.typeMissing();
  if (type !== 'public' && type !== 'private') throw errors.typeUnknown();
  if (lengthOf(name) > MAX) throw errors.nameTooLong();
  if (!isOneLine(name) || !name.isWellFormed()) throw errors.nameInvalid();
  if (lengthOf(slug) > MAX) throw errors.slugTooLong();
  return { name, slug: slugFor(name, slug), public: type === 'public' };
};

const NO = /^(?:false|0|no|off)$/i;
const NOTHING = /^(?:null|none|)$/i;

/** Undefined: the body does not say. */
const switchIn = (body: Body, name: string): boolean | undefined => {
  const sent = rawField(body, name);
  const value = typeof sent === 'string' ? sent.trim() : (numberIn(sent) ?? sent);
  if (value === undefined || value === null || (typeof value === 'string' && NOTHING.test(value))) return undefined;
  return typeof value === 'string' ? !NO.test(value) : Boolean(value);
};

/**
 * Clients ask for it in several ways; a body that asks for both adds the member. The document has one request for adding and
 * removing, so `add_member: false` alone removes. @throws ApiError 400 for neither
 */
export const readMemberChange = (body: Body): 'add' | 'remove' => {
  const action = rawField(body, 'action');
  const [add, remove] = [switchIn(body, 'add_member'), switchIn(body, 'remove_member')];
  if (add || action === 'add_member') return 'add';
  if (remove || action === 'remove_member' || (add === false && remove === undefined)) return 'remove';
  throw errors.changeMissing();
};

/** The id of a person in a body. @throws ApiError 400 */
export const readUuid = (body: Body): string => {
  const sent = rawField(body, 'uuid');
  if (sent === undefined || sent === null || sent === '') throw errors.uuidMissing();
  const uuid = typeof sent === 'string' ? toUuid(sent.trim()) : undefined;
  if (uuid === undefined) throw errors.uuidInvalid();
  return uuid;
};
