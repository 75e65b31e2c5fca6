// Imports a conversation from another chat. Nothing is imported twice.
//
// Every id is derived from what the thing is in its source, so a second run finds what the first run made, also one at the same
// moment. Lines are recorded in the order of their times, batch by batch, so an interrupted run continues where it stopped.

import { conversations } from '../domain/conversation.ts';
import { derivedId } from '../domain/ids.ts';
import { LIMITS } from '../domain/limits.ts';
import { sendMessage as decide } from '../domain/message.ts';
import { Refused } from '../domain/refused.ts';
import { beginning } from '../domain/texts.ts';
import { isActive, users } from '../domain/user.ts';
import type { Queries } from '../projections/queries.ts';
import type { Origin } from './context.ts';
import type { Core } from './core.ts';
import { createGroup } from './createGroup.ts';
import { describeConversation } from './describeConversation.ts';
import { type ImportedLine, type LineOfLog, messagesOf, WOBBLE } from './importedMessages.ts';
import { followNicks, importedPeople } from './importedPeople.ts';
import { join } from './join.ts';

export interface Import {
  /** The kind of the source: part of every id. */
  readonly source: string;
  /** The name of the public group that gets all messages. */
  readonly name: string;
  /** The account that owns the group. Null: the first person in the logs does. */
  readonly ownerId: string | null;
  /** In the order of their times. */
  readonly lines: Iterable<LineOfLog>;
}

export interface Imported {
  lines: number;
  messages: number;
  users: number;
  members: number;
}

interface ImportTells {
  /** Called with the number of lines so far. */
  readonly onProgress?: (lines: number) => void;
  /** Called with each line whose messages the group has already, from an earlier run or from another log. */
  readonly onPresent?: (line: LineOfLog) => void;
}

/** Readers meet messages in the order of recording, so an older log cannot come after a newer one. */
export class TooOld extends Error {
  override readonly name = 'TooOld';
  constructor(source: string, at: string, lastAt: string) {
    super(
      `${source} has messages of ${at.slice(0, 10)}, but the group already has newer ones, up to ${lastAt.slice(0, 10)}: ` +
        'readers would find them in the wrong place. Import the older logs into a group of their own',
    );
  }
}

interface Followed extends LineOfLog {
  /** The nickname under which its author was first seen. */
  readonly person: string;
}

const BATCH = 400;
/** Lines after which the views are waited for: what they have, nobody need keep in memory. */
const SETTLED = 100 * BATCH;

function* batchesOf<T>(things: Iterable<T>): Generator<readonly T[]> {
  let batch: T[] = [];
  for (const thing of things) {
    batch.push(thing);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** `settle`: waits until the views have all that was recorded before the call. @throws TooOld */
export const importConversation = async (
  core: Core,
  queries: Queries,
  settle: () => Promise<unknown>,
  { source, name, ownerId, lines }: Import,
  { onProgress, onPresent }: ImportTells = {},
): Promise<Imported> => {
  const done: Imported = { lines: 0, messages: 0, users: 0, members: 0 };
  const conversationId = derivedId('import', source, name);
  /** What was recorded before this moment is in the views, and the lane sees what is recorded from here on. */
  const openLane = async () => {
    const opened = await core.openImportLane(conversationId);
    await settle();
    return opened;
  };
  let lane = await openLane();
  const people = importedPeople(core, source, () => {
    done.users += 1;
  });
  const personIn = followNicks();
  const metaOf = (where: string, actorId: string | null = null) => ({ actorId, correlationId: `${source}:${where}` });
  const originOf = (where: string, actorId: string | null = null) => ({ ...metaOf(where, actorId), address: null });
  const lastAt = (await queries.conversation(conversationId))?.lastMessage?.at;

  /** Makes the group, unless another import makes it at the same moment. */
  const begin = async (origin: Origin): Promise<void> => {
    try {
      await createGroup(core, origin, { conversationId, name, public: true });
    } catch (error) {
      const { exists } = await core.ledger.load(conversations, conversationId);
      if (!(error instanceof Refused) || !exists) throw error;
    }
  };

  const joinOnce = async (nick: string, where: string): Promise<void> => {
    const person = people.get(nick);
    const { userId } = person;
    if (!isActive(person)) return;
    const { members } = await core.ledger.load(conversations, conversationId);
    if (members.has(userId)) return;
    await join(core, originOf(where, userId), { conversationId });
    done.members += 1;
  };

  /** The messages of the batch that the views lack. @throws TooOld before anything of the batch is recorded */
  const missingOf = async (batch: readonly Followed[]) => {
    const all = batch.map((line) => ({ line, messages: messagesOf(core, conversationId, line) }));
    const known = await queries.messagesById(all.flatMap(({ messages }) => messages.map(({ messageId }) => messageId)));
    const missing = all.flatMap(({ line, messages }) =>
      messages.filter(({ messageId }) => !known.has(messageId)).map((message) => ({ ...message, of: line })),
    );
    const old = missing.find(({ at }) => lastAt !== undefined && Date.parse(at) < Date.parse(lastAt) - WOBBLE);
    if (old && lastAt !== undefined) throw new TooOld(old.of.log, old.at, lastAt);
    return missing;
  };

  /** @returns the lines that added a message */
  const send = async (missing: Awaited<ReturnType<typeof missingOf>>): Promise<ReadonlySet<Followed>> => {
    const conversation = await core.ledger.load(conversations, conversationId);
    const added = new Set<Followed>();
    await Promise.all(
      missing.map(async ({ of, messageId, text, at }) => {
        const sender = people.get(of.person);
        const number = await core.numbers.next('message');
        const meta = metaOf(`${of.log}:${of.said.line}`, sender.userId);
        const { events } = await lane.append(meta, (recorded) =>
          recorded.has(messageId)
            ? []
            : decide(conversation, sender, { messageId, number, text, file: null, sentAt: at }),
        );
        done.messages += events.length;
        if (events.length > 0) added.add(of);
      }),
    );
    return added;
  };

  /** The last topic of the logs describes the group. */
  const describe = async (topic: ImportedLine | undefined): Promise<void> => {
    if (topic?.kind !== 'topic' || done.messages === 0) return;
    const { owners } = (await core.ledger.load(conversations, conversationId)).members;
    const accounts = await Promise.all([...owners.keys()].map((userId) => core.ledger.load(users, userId)));
    const owner = accounts.find(isActive);
    const description = beginning(topic.text, LIMITS.description);
    if (owner) await describeConversation(core, originOf('topic', owner.userId), { conversationId, description });
  };

  let topic: ImportedLine | undefined;
  for (const read of batchesOf(lines)) {
    const batch: readonly Followed[] = read.map((line) => ({ ...line, person: personIn(line.said) }));
    topic = batch.findLast(({ said }) => said.kind === 'topic')?.said ?? topic;
    if (done.lines > 0 && done.lines % SETTLED === 0) lane = await openLane();
    const missing = await missingOf(batch);
    const newcomers = [...new Map(batch.map(({ person, log }) => [person, log]))].filter(([nick]) => !people.has(nick));
    await Promise.all(newcomers.map(([nick, log]) => people.meet(nick, metaOf(log).correlationId)));
    const [first] = batch;
    if (first && !(await core.ledger.load(conversations, conversationId)).exists) {
      const owner = ownerId ?? people.get(first.person).userId;
      await begin(originOf(first.log, owner));
    }
    await Promise.all(newcomers.map(([nick, log]) => joinOnce(nick, log)));
    const added = await send(missing);
    for (const line of batch) if (line.said.kind === 'said' && !added.has(line)) onPresent?.(line);
    done.lines += batch.length;
    onProgress?.(done.lines);
  }
  await describe(topic);
  return done;
};
