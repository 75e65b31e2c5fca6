// Brings a conversation in from elsewhere. What was brought in before is not brought in again.
//
// Every id is derived from where the thing stands in its source, so a second run makes the same ones and finds them
// there; the files are taken in order, batch by batch, so an interrupted run goes on where it stopped.

import { conversations } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { derivedId } from '../domain/ids.ts';
import { sendMessage as decide } from '../domain/message.ts';
import { Refused } from '../domain/refused.ts';
import { type User, users } from '../domain/user.ts';
import type { Queries } from '../projections/queries.ts';
import type { Core } from './core.ts';
import { createGroup } from './createGroup.ts';
import { type ImportedLine, messagesOf } from './importedMessages.ts';
import { join } from './join.ts';
import { registerUser } from './registerUser.ts';

export interface Import {
  /** Of what kind the source is: part of every id. */
  readonly source: string;
  /** Of the public group that takes it all. */
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

/** What goes on at once on behalf of many, a batch at a time. */
const inBatches = async <T>(
  items: readonly T[],
  size: number,
  work: (batch: readonly T[]) => Promise<void>,
): Promise<void> => {
  for (let i = 0; i < items.length; i += size) await work(items.slice(i, i + size));
};

export const importConversation = async (
  core: Core,
  queries: Queries,
  { source, name, logs }: Import,
  onProgress: (lines: number) => void,
): Promise<Imported> => {
  const done: Imported = { lines: 0, messages: 0, users: 0, members: 0 };
  const conversationId = derivedId('import', source, name);
  const people = new Map<string, User>();
  const metaOf = (where: string, actorId: string | null = null): Meta => ({
    actorId,
    correlationId: `${source}:${where}`,
  });

  /** The account of a nickname; one that is taken by somebody else here gets a mark. */
  const meet = async (nick: string, where: string): Promise<void> => {
    const userId = derivedId('import', source, name, nick.toLowerCase());
    if ((await core.ledger.load(users, userId)).status === 'unknown') {
      const register = (username: string) =>
        registerUser(core, metaOf(where), { userId, username, firstName: nick.slice(0, 200) });
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
    await join(core, metaOf(where, userId), { conversationId });
    done.members += 1;
  };

  const say = async (log: string, batch: readonly ImportedLine[]): Promise<void> => {
    const said = batch.flatMap((line) => messagesOf(conversationId, log, line));
    const known = await queries.messagesById(said.flatMap(({ messageId, wholeId }) => [messageId, wholeId]));
    const conversation = await core.ledger.load(conversations, conversationId);
    await Promise.all(
      said.map(async ({ messageId, wholeId, text, line, nick, at }) => {
        if (known.has(messageId) || known.has(wholeId)) return;
        const sender = people.get(nick.toLowerCase())!;
        const number = await core.numbers.next('message');
        await core.messages.append(conversationId, metaOf(`${log}:${line}`, sender.userId), () =>
          decide(conversation, sender, { messageId, number, text, file: null, sentAt: at }),
        );
        done.messages += 1;
      }),
    );
  };

  for (const log of logs) {
    const fresh = new Map(
      log.lines.filter(({ nick }) => !people.has(nick.toLowerCase())).map(({ nick }) => [nick.toLowerCase(), nick]),
    );
    await inBatches([...fresh.values()], BATCH, async (nicks) => {
      await Promise.all(nicks.map((nick) => meet(nick, log.source)));
    });
    const [first] = log.lines;
    if (first && !(await core.ledger.load(conversations, conversationId)).exists) {
      const { userId } = people.get(first.nick.toLowerCase())!;
      await createGroup(core, metaOf(log.source, userId), { conversationId, name, public: true });
    }
    await inBatches([...fresh.values()], BATCH, async (nicks) => {
      await Promise.all(nicks.map((nick) => joinOnce(nick, log.source)));
    });
    await inBatches(log.lines, BATCH, async (batch) => {
      await say(log.source, batch);
      done.lines += batch.length;
      onProgress(done.lines);
    });
  }
  return done;
};
