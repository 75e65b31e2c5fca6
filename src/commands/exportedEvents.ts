// Which events an export takes: the whole log as it lies, or a part of it as people may read it, with its private parts open
// and without secrets.

import { decode, mustBeKnown } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import { isOfPerson, isSaidAtDesk } from '../domain/ofPerson.ts';
import type { Data } from '../domain/privateParts.ts';
import { isOfConversation, streams } from '../domain/streams.ts';
import { redacted, showsSecret } from '../domain/withoutSecrets.ts';
import { type Exported, lineOf, NO_LINK } from '../history/cloudEvents.ts';
import { partsOf, secretIn } from '../history/secret.ts';
import { type EventReader, type History, isLastPage, type OpenReader, type Recorded } from '../store/ports.ts';
import { eventsIn } from './readEvents.ts';
import { withoutErased } from './withoutErased.ts';

const PAGE = 1000;

/** What of a page belongs to the export, as it is exported. */
export type Take = (page: readonly Recorded[]) => readonly Exported[] | Promise<readonly Exported[]>;

/** The whole log, as it lies. @throws Unreadable what a newer program recorded may name files in an unknown way */
export const everything: Take = (page) => {
  for (const recorded of page) mustBeKnown(recorded);
  return page;
};

/** `data` is a text of JSON. */
const withoutSecretsIn = (data: string): string =>
  showsSecret(data) ? JSON.stringify(redacted(JSON.parse(data) as Data)) : data;

/** `opened`: with its private part, if that may be shown. */
const forPeople = ({ opened, ...recorded }: Recorded): Exported => {
  const data = withoutSecretsIn(recorded.data);
  return {
    ...recorded,
    data,
    ...(data !== recorded.data && { redacted: true }),
    ...(opened && { opened: withoutSecretsIn(opened) }),
  };
};

type Log = Pick<OpenReader, 'recorded' | 'openAll'>;

/** Of a message with a file. */
const FILE = /"fileId":"([^"]+)"/;

/** Everything of a conversation, and of the files in it. */
export const ofConversation = async (events: Log, conversationId: string): Promise<Take> => {
  const files = new Set<string>();
  for await (const recorded of eventsIn(events.recorded, streams.messages(conversationId))) {
    // Quicker than parsing: what a message says is encrypted, so no text stands there.
    const fileId = FILE.exec(recorded.data)?.[1];
    if (fileId !== undefined) files.add(streams.file(fileId));
  }
  const isIn = ({ stream }: Recorded): boolean => isOfConversation(stream, conversationId) || files.has(stream);
  return async (page) => (await events.openAll(page.filter(isIn))).map(forPeople);
};

const isTheirs = (event: Event, { data }: Recorded, userId: string): boolean => {
  const secret = secretIn(data);
  return secret !== undefined && (partsOf(secret).keyNames.includes(userId) || isSaidAtDesk(event, userId));
};

/** One person's data. What others said or are stays closed, also where an event has both. */
export const ofPerson =
  (events: Log, userId: string): Take =>
  async (page) => {
    const open = new Set<Recorded>();
    const found = page.filter((recorded) => {
      // Most events need no decoding.
      if (!`${recorded.stream} ${recorded.data} ${recorded.meta}`.includes(userId)) return false;
      const event = decode(recorded);
      if (isTheirs(event, recorded, userId)) open.add(recorded);
      return isOfPerson(event, userId);
    });
    const theirs = found.filter((recorded) => open.has(recorded));
    const opened = new Map((await events.openAll(theirs)).map((recorded, i) => [theirs[i]!, recorded]));
    return found.map((recorded) => forPeople(opened.get(recorded) ?? recorded));
  };

export interface Taken {
  readonly events: readonly Exported[];
  /** Position of the last event that was looked at. */
  readonly position: number;
}

/** Page by page, after one position up to another. `events`: as they lie. `read`: reads a page, for those who have to wait before each. */
export async function* takeEvents(
  events: Pick<EventReader, 'readLog'>,
  take: Take,
  after: number,
  upTo: number,
  read: <T>(page: () => Promise<T>) => Promise<T> = (page) => page(),
): AsyncGenerator<Taken, void> {
  for (let position = after; position < upTo; ) {
    const found = await read(() => events.readLog(position, PAGE));
    const page =
      found.at(-1) && found.at(-1)!.position > upTo ? found.filter((event) => event.position <= upTo) : found;
    if (page.length === 0) return;
    position = page.at(-1)!.position;
    yield { events: await take(page), position };
    if (isLastPage(found, PAGE)) return;
  }
}

/** One person's data up to now, as lines of an export of its own. `read`: reads a page, see `takeEvents`. */
export async function* linesOfPerson(
  events: Log & Pick<History, 'forgotten' | 'undisturbed'>,
  logId: string,
  userId: string,
  after: number,
  read: <T>(page: () => Promise<T>) => Promise<T>,
): AsyncGenerator<string, void> {
  const { recorded } = events;
  let [before, sequence] = [NO_LINK, 0];
  for await (const { events: page } of takeEvents(
    recorded,
    (page) => withoutErased(events, () => ofPerson(events, userId)(page)),
    after,
    await recorded.head(),
    read,
  )) {
    const lines = page.map((event) => {
      let line: string;
      [line, before] = lineOf(event, { logId, sequence: ++sequence, before });
      return `${line}\n`;
    });
    if (lines.length > 0) yield lines.join('');
  }
}
