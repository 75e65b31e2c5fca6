// Imports a conversation from another chat. Nothing is imported twice.
//
// Every id is derived from what the thing is in its source, so a second run finds what the first run made. Lines are
// recorded in the order of their times, batch by batch, so an interrupted run continues where it stopped.

import { conversations } from '../domain/conversation.ts';
import { derivedId } from '../domain/ids.ts';
import { LIMITS } from '../domain/limits.ts';
import { sendMessage as decide, messages } from '../domain/message.ts';
import { beginning } from '../domain/texts.ts';
import { isActive, users } from '../domain/user.ts';
import type { Queries } from '../projections/queries.ts';
import type { Core } from './core.ts';
import { createGroup } from './createGroup.ts';
import { describeConversation } from './describeConversation.ts';
import { type ImportedLog, inOrder, type LineOfLog, messagesOf, WOBBLE } from './importedMessages.ts';
import { followNicks, importedPeople } from './importedPeople.ts';
import { join } from './join.ts';

export interface Import {
  /** The kind of the source: part of every id. */
  readonly source: string;
  /** The name of the public group that gets all messages. */
  readonly name: string;
  /** The account that owns the group. Null: the first person in the logs does. */
  readonly ownerId: string | null;
  readonly logs: readonly ImportedLog[];
}

export interface Imported {
  lines: number;
  messages: number;
  users: number;
  members: number;
  /** Lines whose messages the group has already, from an earlier run or from another log. */
  readonly present: LineOfLog[];
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
const batchesOf = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH));

/** @throws TooOld */
export const importConversation = async (
  core: Core,
  queries: Queries,
  { source, name, ownerId, logs }: Import,
  onProgress: (lines: number) => void,
): Promise<Imported> => {
  const done: Imported = { lines: 0, messages: 0, users: 0, members: 0, present: [] };
  const conversationId = derivedId('import', source, name);
  const people = importedPeople(core, source, () => {
    done.users += 1;
  });
  const personIn = followNicks();
  const lines: readonly Followed[] = inOrder(logs).map((line) => ({ ...line, person: personIn(line.said) }));
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

  /** Made in this run: the views may not have them yet. */
  const made = new Set<string>();

  /** The messages of the batch that nobody has. @throws TooOld before anything of the batch is recorded */
  const missingOf = async (batch: readonly Followed[]) => {
    const all = batch.map((line) => ({ ...line, messages: messagesOf(core, conversationId, line) }));
    const ids = all.flatMap(({ messages }) => messages.map(({ messageId }) => messageId));
    const known = await queries.messagesById(ids.filter((id) => !made.has(id)));
    const missing = all.flatMap(({ messages, log, said, nth, person }) => {
      const added = messages.filter(({ messageId }) => !known.has(messageId) && !made.has(messageId));
      for (const { messageId } of added) made.add(messageId);
      if (messages.length > 0 && added.length === 0) done.present.push({ log, said, nth });
      return added.map((message) => ({ ...message, log, person }));
    });
    const old = missing.find(({ at }) => lastAt !== undefined && Date.parse(at) < Date.parse(lastAt) - WOBBLE);
    if (old && lastAt !== undefined) throw new TooOld(old.log, old.at, lastAt);
    return missing;
  };

  const send = async (missing: Awaited<ReturnType<typeof missingOf>>): Promise<void> => {
    const conversation = await core.ledger.load(conversations, conversationId);
    await Promise.all(
      missing.map(async ({ log, line, messageId, text, person, at }) => {
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
    const topic = lines.findLast(({ said }) => said.kind === 'topic')?.said;
    if (topic?.kind !== 'topic' || done.messages === 0) return;
    const { owners } = (await core.ledger.load(conversations, conversationId)).members;
    const accounts = await Promise.all([...owners.keys()].map((userId) => core.ledger.load(users, userId)));
    const owner = accounts.find(isActive);
    const description = beginning(topic.text, LIMITS.description);
    if (owner) await describeConversation(core, originOf('topic', owner.userId), { conversationId, description });
  };

  for (const batch of batchesOf(lines)) {
    const missing = await missingOf(batch);
    const newcomers = [...new Map(batch.map(({ person, log }) => [person, log]))].filter(([nick]) => !people.has(nick));
    await Promise.all(newcomers.map(([nick, log]) => people.meet(nick, metaOf(log).correlationId)));
    const [first] = batch;
    if (first && !(await core.ledger.load(conversations, conversationId)).exists) {
      const owner = ownerId ?? people.get(first.person).userId;
      await createGroup(core, originOf(first.log, owner), { conversationId, name, public: true });
    }
    await Promise.all(newcomers.map(([nick, log]) => joinOnce(nick, log)));
    await send(missing);
    done.lines += batch.length;
    onProgress(done.lines);
  }
  await describe();
  return done;
};
