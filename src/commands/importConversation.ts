// Imports a conversation from another chat. Nothing is imported twice.
//
// Every id is derived from the place of the thing in its source, so a second run finds what the first run made. Files
// are read in order, batch by batch, so an interrupted run continues where it stopped.

import { conversations } from '../domain/conversation.ts';
import { derivedId } from '../domain/ids.ts';
import { LIMITS } from '../domain/limits.ts';
import { sendMessage as decide, messages } from '../domain/message.ts';
import { isActive, users } from '../domain/user.ts';
import type { Queries } from '../projections/queries.ts';
import type { Core } from './core.ts';
import { createGroup } from './createGroup.ts';
import { describeConversation } from './describeConversation.ts';
import { type ImportedLine, messagesOf } from './importedMessages.ts';
import { followNicks, importedPeople } from './importedPeople.ts';
import { join } from './join.ts';

export interface Import {
  /** The kind of the source: part of every id. */
  readonly source: string;
  /** The name of the public group that gets all messages. */
  readonly name: string;
  /** The account that owns the group. Null: the first person in the logs does. */
  readonly ownerId: string | null;
  readonly logs: readonly { readonly source: string; readonly lines: readonly ImportedLine[] }[];
}

export interface Imported {
  lines: number;
  messages: number;
  users: number;
  members: number;
  /** Lines of people whose accounts were deleted or suspended since: nobody speaks for them. */
  readonly gone: { readonly source: string; readonly line: number; readonly text: string }[];
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

const BATCH = 400;
/** Milliseconds by which a line may be older than the one before it: clocks are set back. */
const WOBBLE = 2 * 60 * 60 * 1000;

const batchesOf = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH));

/** @throws TooOld */
export const importConversation = async (
  core: Core,
  queries: Queries,
  { source, name, ownerId, logs }: Import,
  onProgress: (lines: number) => void,
): Promise<Imported> => {
  const done: Imported = { lines: 0, messages: 0, users: 0, members: 0, gone: [] };
  const conversationId = derivedId('import', source, name);
  const people = importedPeople(core, source, () => {
    done.users += 1;
  });
  const personIn = followNicks();
  const metaOf = (where: string, actorId: string | null = null) => ({ actorId, correlationId: `${source}:${where}` });
  const originOf = (where: string, actorId: string | null = null) => ({ ...metaOf(where, actorId), address: null });
  const lastAt = (await queries.conversation(conversationId))?.lastMessage?.at;

  const joinOnce = async (nick: string, where: string): Promise<void> => {
    const person = people.get(nick);
    const { userId } = person;
    if (!isActive(person)) return;
    const { members } = await core.ledger.load(conversations, conversationId);
    if (members.has(userId)) return;
    await join(core, originOf(where, userId), { conversationId });
    done.members += 1;
  };

  const send = async (log: string, batch: readonly (readonly [ImportedLine, string])[]): Promise<void> => {
    const sent = batch.flatMap(([line, person]) =>
      messagesOf(conversationId, log, line).map((message) => ({ ...message, person })),
    );
    const known = await queries.messagesById(sent.map(({ messageId }) => messageId));
    const wanted = sent.filter(({ messageId }) => !known.has(messageId));
    const { added = [], gone = [] } = Object.groupBy(wanted, ({ person }) =>
      isActive(people.get(person)) ? 'added' : 'gone',
    );
    done.gone.push(...gone.map(({ line, text }) => ({ source: log, line, text })));
    const old = added.find(({ at }) => lastAt !== undefined && Date.parse(at) < Date.parse(lastAt) - WOBBLE);
    if (old && lastAt !== undefined) throw new TooOld(log, old.at, lastAt);
    const conversation = await core.ledger.load(conversations, conversationId);
    await Promise.all(
      added.map(async ({ messageId, text, line, person, at }) => {
        const sender = people.get(person);
        const number = await core.numbers.next('message');
        await core.messages.append(messages, conversationId, metaOf(`${log}:${line}`, sender.userId), () =>
          decide(conversation, sender, { messageId, number, text, file: null, sentAt: at }),
        );
        done.messages += 1;
      }),
    );
  };

  /** The last topic of the logs describes the group. */
  const describe = async (): Promise<void> => {
    const topic = logs.flatMap(({ lines }) => lines).findLast((line) => line.kind === 'topic');
    if (topic === undefined || done.messages === 0) return;
    const { owners } = (await core.ledger.load(conversations, conversationId)).members;
    const accounts = await Promise.all([...owners].map((userId) => core.ledger.load(users, userId)));
    const owner = accounts.find(isActive);
    const description = [...topic.text].slice(0, LIMITS.description).join('');
    if (owner) await describeConversation(core, originOf('topic', owner.userId), { conversationId, description });
  };

  for (const log of logs) {
    const lines = log.lines.map((line) => [line, personIn(line)] as const);
    const batches = batchesOf([...new Set(lines.map(([, person]) => person))].filter((nick) => !people.has(nick)));
    for (const batch of batches)
      await Promise.all(batch.map((nick) => people.meet(nick, metaOf(log.source).correlationId)));
    const owner = ownerId ?? lines.map(([, person]) => people.get(person)).find(isActive)?.userId;
    if (lines.length > 0 && owner && !(await core.ledger.load(conversations, conversationId)).exists)
      await createGroup(core, originOf(log.source, owner), { conversationId, name, public: true });
    for (const batch of batches) await Promise.all(batch.map((nick) => joinOnce(nick, log.source)));
    for (const batch of batchesOf(lines)) {
      await send(log.source, batch);
      done.lines += batch.length;
      onProgress(done.lines);
    }
  }
  await describe();
  return done;
};
