// The words of messages, as marks: an index that finds messages by what was said, without a word of it.

import { PREFIX } from '../domain/searchQuery.ts';
import { folded, type Phrase, plainWordsOf, type Word, wordsOf } from '../domain/words.ts';
import type { Marks, SearchTerm } from '../store/ports.ts';
import { changesOf, type Projection } from './projection.ts';

export interface WordsDoc {
  /** Of the message. */
  readonly id: string;
  readonly position: number;
  /** Of the present text. */
  readonly words: readonly string[];
  /** Of what never changes: whose message it is, where it was sent, whether it has a file. */
  readonly marks: readonly string[];
}

/** Digits of a mark: those of how a word begins come first, so that all words of one beginning lie together. */
const BEGINS = 4;
const WHOLE = 6;

const LINK = /\bhttps?:\/\/\S/i;

const beginsWith = (marks: Marks, beginning: string): string =>
  marks.kept(`^${beginning}`, (name) => marks.hash(name, BEGINS));
const markOf = (marks: Marks, beginning: string, whole: string): string =>
  beginsWith(marks, beginning) + marks.hash(`=${whole}`, WHOLE);

const beginningOf = (word: string): string => Array.from(word).slice(0, PREFIX).join('');

const wordMark = (marks: Marks, word: string): string => markOf(marks, beginningOf(word), word);
/** Of a character, and the one that follows; empty: none does. */
const characterMark = (marks: Marks, character: string, next: string): string =>
  markOf(marks, character, character + next);

const nameMark = (marks: Marks, name: string): string => marks.kept(name, () => marks.hash(name, BEGINS + WHOLE));

const markFrom = (marks: Marks, subject: string): string => nameMark(marks, `from:${subject}`);
const markIn = (marks: Marks, conversationId: string): string => nameMark(marks, `in:${conversationId}`);
const markHas = (marks: Marks, what: 'file' | 'link'): string => nameMark(marks, `has:${what}`);

type Words = readonly Pick<Word, 'text' | 'isCharacter'>[];

/** The character behind the word at a place; empty: there is none. */
const characterAfter = (words: Words, at: number): string => {
  const next = words[at + 1];
  return next?.isCharacter ? next.text : '';
};

const keptMarkOf = (marks: Marks, words: Words, at: number): string => {
  const { text, isCharacter } = words[at]!;
  if (!isCharacter) return marks.kept(text, () => wordMark(marks, text));
  const next = characterAfter(words, at);
  return marks.kept(text + next, () => characterMark(marks, text, next));
};

/** What the index has of a text. */
export const marksOfText = (marks: Marks, text: string): readonly string[] => {
  const plain = plainWordsOf(text)?.map((word) => marks.kept(word, (raw) => wordMark(marks, folded(raw))));
  const words = plain ? [] : wordsOf(text, (raw) => marks.kept(`~${raw}`, () => folded(raw)));
  const found = plain ?? words.map((_, at) => keptMarkOf(marks, words, at));
  return [...new Set(LINK.test(text) ? [...found, markHas(marks, 'link')] : found)];
};

const exactly = (field: 'words' | 'marks', ...anyOf: readonly string[]): SearchTerm => ({
  field,
  anyOf,
  isPrefix: false,
});

/** What the index has of every text in which the phrase stands. It may have the same of other texts. */
export const termsOfPhrase = (marks: Marks, { words, isPrefix }: Phrase): readonly SearchTerm[] =>
  words.map(({ text, isCharacter }, at) => {
    const beginning = isCharacter ? text : beginningOf(text);
    const isOpen = isCharacter ? characterAfter(words, at) === '' : isPrefix && at === words.length - 1;
    if (isOpen) return { field: 'words', anyOf: [beginsWith(marks, beginning)], isPrefix: true };
    return exactly('words', keptMarkOf(marks, words, at));
  });

/** `subjects`: ids of accounts; of what a desk and its visitor say, the id of the desk. */
export const termFrom = (marks: Marks, subjects: readonly string[]): SearchTerm =>
  exactly('marks', ...subjects.map((subject) => markFrom(marks, subject)));

export const termIn = (marks: Marks, conversationIds: readonly string[]): SearchTerm =>
  exactly('marks', ...conversationIds.map((id) => markIn(marks, id)));

export const termHas = (marks: Marks, what: 'file' | 'link'): SearchTerm =>
  exactly(what === 'link' ? 'words' : 'marks', markHas(marks, what));

const { put, patch, remove } = changesOf('words');

export const wordsOfMessages = (marks: Marks): Projection => ({
  collection: { name: 'words', indexes: [], searched: { fields: ['words', 'marks'], sort: 'position' } },
  on: {
    // What nobody can read, nobody finds.
    MessageSent: ({ data, position, isClosed }) => {
      if (isClosed) return [];
      const { messageId: id, conversationId, senderId, fileId, text } = data;
      const of = [markFrom(marks, senderId ?? conversationId), markIn(marks, conversationId)];
      if (fileId !== null) of.push(markHas(marks, 'file'));
      return [put({ id, position, words: marksOfText(marks, text), marks: of })];
    },
    MessageEdited: ({ data: { messageId, text }, isClosed }) =>
      isClosed ? [] : [patch(messageId, { words: marksOfText(marks, text) })],
    MessageErased: ({ data: { messageId } }) => [remove(messageId)],
  },
});
