// All views.

import type { Marks, Shape } from '../store/ports.ts';
import { alertWords } from './alertWords.ts';
import { annotations } from './annotations.ts';
import { attitudes } from './attitudes.ts';
import { bookmarks } from './bookmarks.ts';
import { conversations } from './conversations.ts';
import { erasures } from './erasures.ts';
import { files, shares, spaces, unused } from './files.ts';
import { log } from './log.ts';
import { joinings, memberships, reads } from './memberships.ts';
import { lastMentions, mentions } from './mentions.ts';
import { edits, messages, removals } from './messages.ts';
import { moments } from './moments.ts';
import { nameParts } from './nameParts.ts';
import { pinnings, pins } from './pins.ts';
import type { Projection } from './projection.ts';
import { reactions } from './reactions.ts';
import { receipts } from './receipts.ts';
import { renames } from './renames.ts';
import { sealKeys, tiles } from './seals.ts';
import { seats } from './seats.ts';
import { sessions } from './sessions.ts';
import { signIns } from './signIns.ts';
import { followings, threadMessages, threadReads, threads } from './threads.ts';
import { keys, users } from './users.ts';
import { wordsOfMessages } from './words.ts';

/** Those that need nothing but the events. */
export const projections: readonly Projection[] = [
  users,
  nameParts,
  conversations,
  memberships,
  seats,
  messages,
  removals,
  edits,
  files,
  shares,
  unused,
  spaces,
  keys,
  receipts,
  reads,
  attitudes,
  sessions,
  erasures,
  log,
  sealKeys,
  tiles,
  moments,
  joinings,
  renames,
  signIns,
  annotations,
  reactions,
  pins,
  pinnings,
  bookmarks,
  threads,
  threadMessages,
  followings,
  threadReads,
  mentions,
  lastMentions,
  alertWords,
];

export const projectionsWith = (marks: Marks): readonly Projection[] => [...projections, wordsOfMessages(marks)];

/** For whoever asks only which documents an event concerns. */
export const noMarks: Marks = { hash: () => '', kept: (word, make) => make(word) };

export const collections = projectionsWith(noMarks).map(({ collection }) => collection);

/**
 * Raise `version` whenever the views get other documents or indexes: `test/projections/shape.test.ts` asks for it. Raise
 * `readsFrom` to the same number if queries cannot do with the documents of the version before.
 */
export const shape: Shape = { version: 4, readsFrom: 4, collections };
