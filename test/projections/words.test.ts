// The index of words has, of every text in which a search finds something, what it is asked for.

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSearch } from '../../src/domain/searchQuery.ts';
import { rangesOf, wordsOf } from '../../src/domain/words.ts';
import { createMarks } from '../../src/history/marks.ts';
import { marksOfText, termsOfPhrase } from '../../src/projections/words.ts';
import type { Marks, SearchTerm } from '../../src/store/ports.ts';

const marksWith = (key: Uint8Array): Promise<Marks> => createMarks({ get: async () => [key] }).marks();
const marks = await marksWith(randomBytes(32));

const isMet = ({ anyOf, isPrefix }: SearchTerm, tokens: readonly string[]): boolean =>
  tokens.some((has) => anyOf.some((token) => (isPrefix ? has.startsWith(token) : has === token)));

const piece = fc.constantFrom(
  ...['tea', 'Tea', 'teapot', 'te', 'é', 'E\u0301', 'straße', 'STRASSE', 'کتاب', 'كتاب', 'می‌خواهم', '你', '好', '你好'],
  ...['吗', 'が', 'カ', 'ไทย', '👍', '👍🏽', '🇬🇧', ' ', ' ', ' ', '-', ', ', '"', '*', '_', '7', '۷', 'http://a.b/c'],
);
const typed = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));

describe('the index of words', () => {
  test('names every text in which something is found', () => {
    let hits = 0;
    fc.assert(
      fc.property(typed, typed, fc.boolean(), (query, text, isInside) => {
        const said = isInside ? `so ${query.replaceAll(/["*]/g, '')} ${text}` : text;
        let phrases: ReturnType<typeof parseSearch>['phrases'];
        try {
          phrases = parseSearch(query).phrases;
        } catch {
          return;
        }
        const tokens = marksOfText(marks, said);
        for (const phrase of phrases)
          if (rangesOf(phrase, wordsOf(said)).length > 0) {
            hits++;
            expect(termsOfPhrase(marks, phrase).every((term) => isMet(term, tokens))).toBe(true);
          }
      }),
      { numRuns: 2000 },
    );
    expect(hits).toBeGreaterThan(300);
  });

  test('has no word, and other marks under another key', async () => {
    const other = await marksWith(randomBytes(32));
    const text = 'the secret canary of کتاب and 你好';
    const [tokens, others] = [marksOfText(marks, text), marksOfText(other, text)];
    expect(tokens.every((token) => /^[0-9a-f]{10}$/.test(token))).toBe(true);
    expect(tokens.join(' ')).not.toContain('canary');
    expect(tokens.filter((token) => others.includes(token))).toEqual([]);
    expect(marksOfText(marks, text)).toEqual(tokens);
  });

  test('remembers no word that was forgotten', async () => {
    const made = createMarks({ get: async () => [Buffer.alloc(32, 1)] });
    const { kept } = await made.marks();
    expect(kept('tea', () => 'one')).toBe('one');
    expect(kept('tea', () => 'two')).toBe('one');
    made.forget();
    expect(kept('tea', () => 'two')).toBe('two');
  });
});
