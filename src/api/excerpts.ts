// The part of a text in which something was found, for lists of what was found.

import type { Range } from '../domain/words.ts';

/** UTF-16 units of an excerpt, about, and of those before the first thing found. */
const LENGTH = 240;
const BEFORE = 60;

export interface Piece {
  readonly text: string;
  readonly isHit: boolean;
}

/** A place near `at` at which no character is cut in two. */
const uncut = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
};

const startOf = (text: string, first: number): number => {
  if (first <= BEFORE) return 0;
  const space = text.indexOf(' ', first - BEFORE);
  return space === -1 || space >= first ? uncut(text, first - BEFORE) : space + 1;
};

/** In pieces, so that nobody counts characters or trusts markup. `ranges`: in order. An ellipsis stands for what is left out. */
export const excerptOf = (text: string, ranges: readonly Range[]): readonly Piece[] => {
  const start = startOf(text, ranges[0]?.from ?? 0);
  const end = text.length <= start + LENGTH ? text.length : uncut(text, start + LENGTH);
  const pieces: Piece[] = [];
  const add = (from: number, to: number, isHit: boolean): void => {
    if (from < to) pieces.push({ text: text.slice(from, to), isHit });
  };
  if (start > 0) pieces.push({ text: '…', isHit: false });
  let at = start;
  for (const { from, to } of ranges) {
    if (from >= end) break;
    add(at, from, false);
    add(Math.max(at, from), Math.min(to, end), true);
    at = Math.max(at, Math.min(to, end));
  }
  add(at, end, false);
  if (end < text.length) pieces.push({ text: '…', isHit: false });
  return pieces;
};
