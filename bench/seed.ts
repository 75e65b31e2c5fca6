// Fills a store in-process: people with a session each, all members of one group, and conversations with messages.

import { createGroup } from '../src/commands/createGroup.ts';
import { join } from '../src/commands/join.ts';
import { registerUser } from '../src/commands/registerUser.ts';
import { signInAs } from '../src/commands/signIn.ts';
import { compose } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import { encode } from '../src/domain/codec.ts';
import { conversations } from '../src/domain/conversation.ts';
import type { Meta } from '../src/domain/events.ts';
import { sendMessage as decide, messages } from '../src/domain/message.ts';
import { type User, users } from '../src/domain/user.ts';
import { projectViews } from '../src/projectViews.ts';
import { NO_STREAM } from '../src/store/ports.ts';
import { openStores } from '../src/stores.ts';
import { environment } from './environment.ts';
import { markOf } from './httpLoad.ts';
import type { Person } from './target.ts';

export interface Seed {
  /** All members of one empty public group, the room; each signed in. */
  readonly people: number;
  /** For each number a conversation of so many messages. */
  readonly histories: readonly number[];
  /** Each person has a group of their own. */
  readonly own?: boolean;
}

export interface Seeded {
  readonly dataDir: string;
  readonly people: readonly Person[];
  /** The group of all people. */
  readonly roomId: string;
  readonly historyIds: readonly string[];
  /** The group of each person, if the seed has them. */
  readonly ownIds: readonly string[];
}

const BATCH = 250;
const SETTLE = 120_000;
const WORDS = 'Somebody says something of about the length that people write in a chat, give or take a few words.';

const inBatches = async (count: number, work: (index: number) => Promise<void>): Promise<void> => {
  for (let i = 0; i < count; i += BATCH)
    await Promise.all(Array.from({ length: Math.min(BATCH, count - i) }, (_, k) => work(i + k)));
};

const meta = (actorId: string | null): Meta => ({ actorId, correlationId: 'bench' });
const originOf = (actorId: string | null) => ({ ...meta(actorId), address: null });

/** `settings`: in addition to those of the program under load, for other stores. */
export const seedStore = async (
  dataDir: string,
  seed: Seed,
  settings: Readonly<Record<string, string>> = {},
): Promise<Seeded> => {
  const now = () => new Date();
  const config = readConfig({ ...environment(dataDir), ...settings });
  const stores = await openStores(config);
  const { core, progress, close } = await compose(config, stores, now);
  const stop = new AbortController();
  const projecting = projectViews(stores, progress)(stop.signal);
  const accounts: User[] = [];
  const people: Person[] = [];

  const group = async (name: string, owner = accounts[0]!): Promise<string> =>
    (await createGroup(core, originOf(owner.userId), { name, public: true })).conversationId;

  /** Straight to the store in whole appends: the decision is the program's own, the waiting is left out. */
  const history = async (count: number): Promise<string> => {
    const conversationId = await group(`History of ${count}`);
    const conversation = await core.ledger.load(conversations, conversationId);
    const owner = accounts[0]!;
    let revision = NO_STREAM;
    for (let i = 0; i < count; i += BATCH) {
      const events = [];
      for (let k = i; k < Math.min(i + BATCH, count); k++) {
        const number = await core.numbers.next('message');
        const message = { messageId: core.newId(), number, text: `${markOf(k)} ${WORDS}`, file: null };
        const [event] = decide(conversation, owner, message);
        events.push(encode(core.newId(), event!, now().toISOString(), meta(owner.userId)));
      }
      revision = (await stores.events.append(messages.stream(conversationId), revision, events)).revision;
    }
    return conversationId;
  };

  try {
    await inBatches(seed.people, async (i) => {
      const { userId } = await registerUser(core, originOf(null), { username: `person${i}`, firstName: `Person ${i}` });
      const user = await core.ledger.load(users, userId);
      const { accessToken } = await signInAs(core, originOf(userId), user);
      accounts[i] = user;
      people[i] = { userId, accessToken };
    });
    const roomId = await group('Room');
    await inBatches(seed.people, async (i) => {
      if (i > 0) await join(core, originOf(accounts[i]!.userId), { conversationId: roomId });
    });
    const historyIds: string[] = [];
    for (const count of seed.histories) historyIds.push(await history(count));
    const ownIds: string[] = [];
    if (seed.own)
      await inBatches(seed.people, async (i) => {
        ownIds[i] = await group(`Of person ${i}`, accounts[i]);
      });
    if (!(await progress.reached(await stores.events.head(), SETTLE))) throw new Error('the views did not catch up');
    return { dataDir, people, roomId, historyIds, ownIds };
  } finally {
    stop.abort();
    await projecting;
    await close();
    await stores.close();
  }
};
