// Imports a conversation from another chat. Nothing is imported twice.
//
// Every id is derived from the place of the thing in its source, so a second run finds what the first run made. Files
// are read in order, batch by batch, so an interrupted run continues where it stopped.

import { conversations } from '../domain/conversation.ts';
import { derivedId } from '../domain/ids.ts';
import { sendMessage as decide, messages } from '../domain/message.ts';
import { Refused } from '../domain/refused.ts';
import { type User, users } from '../domain/user.ts';
import type { Queries } from '../projections/queries.ts';
import type { Core } from './core.ts';
import { createGroup } from './createGroup.ts';
import { type ImportedLine, messagesOf } from './importedMessages.ts';
import { join } from './join.ts';
import { registerUser } from './registerUser.ts';

export interface Import {
  /** The kind of the source: part of every id. */
  readonly source: string;
  /** The name of the public group that gets all messages. */
  readonly name: string;
  readonly logs: readonly { readonly source: string; readonly lines: readonly ImportedLine[] }[];
}

export interface Imported {
  lines: number;
  messages: number;
  users: number;
  members: number;
}

const BATCH = 400;

const batchesOf = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH));

export const importConversation = async (
  core: Core,
  queries: Queries,
  { source, name, logs }: Import,
  onProgress: (lines: number) => void,
): Promise<Imported> => {
  const done: Imported = { lines: 0, messages: 0, users: 0, members: 0 };
  const conversationId = derivedId('import', source, name);
  const people = new Map<string, User>();
  const metaOf = (where: string, actorId: string | null = null) => ({ actorId, correlationId: `${source}:${where}` });
  const originOf = (where: string, actorId: string | null = null) => ({ ...metaOf(where, actorId), address: null });

  /** Finds or makes the account of a nickname. If another account has the name, the new one gets a suffix. */
  const findUser = async (nick: string, where: string): Promise<void> => {
    const userId = derivedId('import', source, name, nick.toLowerCase());
    if ((await core.ledger.load(users, userId)).status === 'unknown') {
      const register = (username: string) =>
        registerUser(core, originOf(where), { userId, username, firstName: nick.slice(0, 200) });
      await register(nick).catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
        return register(`${nick}~${source}-${userId.slice(0, 8)}`);
      });
      done.users += 1;
    }
    people.set(nick.toLowerCase(), await core.ledger.load(users, userId));
  };

  const joinOnce = async (nick: string, where: string): Promise<void> => {
    const { userId } = people.get(nick.toLowerCase())!;
    const { members } = await core.ledger.load(conversations, conversationId);
    if (members.has(userId)) return;
    await join(core, originOf(where, userId), { conversationId });
    done.members += 1;
  };

  const send = async (log: string, batch: readonly ImportedLine[]): Promise<void> => {
    const sent = batch.flatMap((line) => messagesOf(conversationId, log, line));
    const known = await queries.messagesById(sent.flatMap(({ messageId, wholeId }) => [messageId, wholeId]));
    const conversation = await core.ledger.load(conversations, conversationId);
    await Promise.all(
      sent.map(async ({ messageId, wholeId, text, line, nick, at }) => {
        if (known.has(messageId) || known.has(wholeId)) return;
        const sender = people.get(nick.toLowerCase())!;
        const number = await core.numbers.next('message');
        await core.messages.append(messages, conversationId, metaOf(`${log}:${line}`, sender.userId), () =>
          decide(conversation, sender, { messageId, number, text, file: null, sentAt: at }),
        );
        done.messages += 1;
      }),
    );
  };

  for (const log of logs) {
    const isNew = ({ nick }: ImportedLine): boolean => !people.has(nick.toLowerCase());
    const nicks = new Map(log.lines.filter(isNew).map(({ nick }) => [nick.toLowerCase(), nick]));
    const batches = batchesOf([...nicks.values()]);
    for (const batch of batches) await Promise.all(batch.map((nick) => findUser(nick, log.source)));
    const [first] = log.lines;
    if (first && !(await core.ledger.load(conversations, conversationId)).exists) {
      const { userId } = people.get(first.nick.toLowerCase())!;
      await createGroup(core, originOf(log.source, userId), { conversationId, name, public: true });
    }
    for (const batch of batches) await Promise.all(batch.map((nick) => joinOnce(nick, log.source)));
    for (const batch of batchesOf(log.lines)) {
      await send(log.source, batch);
      done.lines += batch.length;
      onProgress(done.lines);
    }
  }
  return done;
};
