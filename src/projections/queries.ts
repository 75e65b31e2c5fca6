// All queries. Pages are cut by sort keys, so the cost of a page does not grow with what lies before it.

import type { History } from '../store/ports.ts';
import { annotationQueries } from './queries/annotations.ts';
import { conversationQueries } from './queries/conversations.ts';
import { documentsIn } from './queries/documents.ts';
import { erasureQueries } from './queries/erasures.ts';
import { fileQueries } from './queries/files.ts';
import { mentionQueries } from './queries/mentions.ts';
import { messageQueries } from './queries/messages.ts';
import { peopleQueries } from './queries/people.ts';
import { sealQueries } from './queries/seals.ts';
import { sessionQueries } from './queries/sessions.ts';
import { threadQueries } from './queries/threads.ts';
import type { ReadableViews } from './readyViews.ts';

export type { Annotations } from './queries/annotations.ts';
export type { Permitted } from './queries/conversationRights.ts';
export type { Joined } from './queries/conversations.ts';
export type { Page, Slice } from './queries/documents.ts';
export type { Mentioned } from './queries/mentions.ts';
export type { Reading } from './queries/readings.ts';
export { type ThreadStanding, type ThreadSummary, threadsBegunBy } from './queries/threads.ts';

export type Queries = ReturnType<typeof createQueries>;

/** `open`: opens what the views have encrypted. */
export const createQueries = (views: ReadableViews, open: History['open']) => {
  const documents = documentsIn(views, open);
  const conversations = conversationQueries(documents);
  return {
    ...peopleQueries(documents),
    ...sessionQueries(documents),
    ...conversations,
    ...messageQueries(documents),
    ...annotationQueries(documents),
    ...threadQueries(documents),
    ...mentionQueries(documents, conversations),
    ...erasureQueries(documents),
    ...fileQueries(documents, conversations),
    ...sealQueries(documents),
  };
};
