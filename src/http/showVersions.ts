// Presents every text that a message ever had, to those whom the policy of its conversation lets see them.

import { presentVersion } from '../api/presenters.ts';
import type { Identity } from '../commands/authenticate.ts';
import type { Origin } from '../commands/context.ts';
import { decode } from '../domain/codec.ts';
import type { EventOf } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { streams } from '../domain/streams.ts';
import type { MessageDoc } from '../projections/messages.ts';
import type { Services } from '../services.ts';
import { isLastPage, type Recorded } from '../store/ports.ts';
import { encoded } from './cursors.ts';

/** Events of a message that one request reads: most of them may be no edits. */
const PAGE = 1000;

const streamOf = ({ conversationId, id }: MessageDoc): string => streams.message(`${conversationId}-${id}`);

/** Records it where somebody may see them as an auditor alone. @throws Refused `not-yours`, `message-removed` */
export const mustSeeVersions = async (
  { core, queries }: Pick<Services, 'core' | 'queries'>,
  message: MessageDoc,
  { user: { userId }, scopes }: Identity,
  origin: Origin,
): Promise<void> => {
  const explain = await queries.versionRights(message.conversationId, userId);
  if (explain === undefined) throw new Refused('conversation-unknown');
  // The bot of an auditor is one only if its token may.
  const { refusal, grounds } = explain(message, scopes === null || scopes.includes('audit'));
  if (refusal !== undefined) throw new Refused(refusal);
  if (grounds.includes('auditor')) await core.noteLogRead(origin, userId, { stream: streamOf(message) });
};

type Saying = EventOf<'MessageSent' | 'MessageEdited'>;

const present = (recorded: Recorded) => {
  const { data, at, position, isClosed } = decode(recorded) as Saying;
  const sentAt = 'sentAt' in data ? data.sentAt : undefined;
  return presentVersion({ text: data.text, at: sentAt ?? at, by: data.senderId, position, erased: isClosed === true });
};

const firstOf = async ({ events }: Pick<Services, 'events'>, { conversationId, seq }: MessageDoc) => {
  const [sent] = await events.readStream(streams.messages(conversationId), { from: seq - 1, limit: 1 });
  return [present(sent!)];
};

/**
 * The oldest first; a page may have fewer than wanted although others follow. `after`: a revision of the message's own stream to
 * go on from; undefined: the first text comes first.
 */
export const versionsOf = async (
  services: Pick<Services, 'events'>,
  message: MessageDoc,
  { after, limit }: { readonly after?: number; readonly limit: number },
) => {
  const items = after === undefined ? await firstOf(services, message) : [];
  if (message.changed === undefined) return { items, next: null };
  const from = after ?? 0;
  const events = await services.events.readStream(streamOf(message), { from, limit: PAGE });
  for (const recorded of events) {
    // The message may be one of the past.
    if (recorded.position > message.changed) return { items, next: null };
    if (items.length >= limit) return { items, next: encoded(recorded.revision) };
    if (recorded.type === 'MessageEdited') items.push(present(recorded));
  }
  return { items, next: isLastPage(events, PAGE) ? null : encoded(events.at(-1)!.revision + 1) };
};
