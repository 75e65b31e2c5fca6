// Searched collections: what every view store asks of their searches and of their documents.

import type { Collection, Search, Searched, Value } from '../ports.ts';
import { checkPageLimit } from './collections.ts';

const TOKEN = /^[a-z0-9]{1,64}$/;

/** Tokens of one search at most. */
const MOST = 1000;

/** @throws TypeError the collection is not searched so; RangeError the limit, or too many tokens */
export const searchedIn = ({ name, searched }: Collection, { all, limit }: Search): Searched => {
  checkPageLimit(limit);
  const isMet = all.length > 0 && all.every(({ field, anyOf }) => searched?.fields.includes(field) && anyOf.length > 0);
  if (searched === undefined || !isMet) throw new TypeError(`${name} is not searched so`);
  const tokens = all.flatMap(({ anyOf }) => anyOf);
  if (!tokens.every((token) => TOKEN.test(token))) throw new TypeError('a token has small letters and digits');
  if (tokens.length > MOST) throw new RangeError(`a search has ${MOST} tokens at most`);
  return searched;
};

/** The tokens in a field of a document. */
export const tokensIn = (value: Value | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string' && TOKEN.test(each)) : [];
