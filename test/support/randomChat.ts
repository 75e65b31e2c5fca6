// Random runs of the whole program over HTTP and sockets, held to the model of a chat after every one of them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { rebuildViewsOf } from '../../src/cli/rebuildViews.ts';
import { readConfig } from '../../src/config.ts';
import { decode } from '../../src/domain/codec.ts';
import type { EventOf } from '../../src/domain/events.ts';
import type { Recorded } from '../../src/store/ports.ts';
import * as model from './chatModel.ts';
import { positionsOf } from './log.ts';
import { type Person, type Program, type Reply, startProgram } from './program.ts';
import { type Client, type Frame, knownFrom, listening } from './sockets.ts';
import { viewsDump } from './viewsDump.ts';

const PEOPLE = ['ann', 'ben', 'cleo'];
const PAGE = 3;

const place = fc.nat({ max: 100 });
/** `to`: which of the first messages it answers in a thread, if there are so many. */
const saying = fc.record({ by: place, where: place, tries: fc.integer({ min: 1, max: 2 }), to: fc.nat({ max: 8 }) });

/** One thing that happens after another; what is said in one burst is said at once. */
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ does: fc.constant('make' as const), by: place, kind: place, other: place }) },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constantFrom('join' as const, 'leave' as const, 'add' as const, 'remove' as const),
      by: place,
      where: place,
      other: place,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('say' as const),
      sayings: fc.array(saying, { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('listen' as const), by: place, after: fc.nat() }) },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constantFrom('mark' as const, 'take back' as const, 'restore' as const, 'edit' as const),
      by: place,
      where: place,
      which: place,
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('hang up' as const), which: place }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('restart' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('rebuild' as const), sayings: fc.array(saying, { maxLength: 8 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export const script = fc.array(step, { minLength: 10, maxLength: 40 });

/** A message as the model has it, and who was a member when it was said. */
interface Told {
  readonly conversationId: string;
  readonly position: number;
  readonly members: ReadonlySet<string>;
}

interface Listening {
  readonly client: Client;
  readonly who: string;
  readonly after: number;
  /** How much had been said when it began to listen, and how much when its user last became a member of what they are in. */
  readonly saidBefore: number;
  readonly memberSince: ReadonlyMap<string, number>;
}

export interface Counts {
  requests: number;
  said: number;
  refused: number;
  heard: number;
  restarts: number;
}

/** Builds the views again, beside those that may be serving: as the command line does it. */
const rebuildIn = (dataDir: string): Promise<number> =>
  rebuildViewsOf(readConfig({ DATA_DIR: dataDir }), () => undefined);

class Run {
  readonly #dataDir: string;
  readonly #counts: Counts;
  #program!: Program;
  #people: Person[] = [];
  readonly #conversations: model.ModelConversation[] = [];
  readonly #told: Told[] = [];
  readonly #acknowledged: { readonly conversationId: string; readonly text: string; readonly position: number }[] = [];
  readonly #keys = new Map<string, number>();
  #edits = 0;
  /** How much had been said when somebody last became a member, by user and conversation. */
  readonly #since = new Map<string, Map<string, number>>();
  #listening: Listening[] = [];

  constructor(dataDir: string, counts: Counts) {
    this.#dataDir = dataDir;
    this.#counts = counts;
  }

  async begin(): Promise<void> {
    this.#program = await startProgram({ dataDir: this.#dataDir });
    this.#people = await Promise.all(PEOPLE.map((name) => this.#program.person(name)));
    for (const kind of [0, 1]) await this.#make(this.#people[kind]!, kind, this.#people[2]!);
  }

  async take(step: Step): Promise<void> {
    switch (step.does) {
      case 'make':
        return this.#make(this.#person(step.by), step.kind % 4, this.#person(step.other));
      case 'say':
        return this.#say(step.sayings);
      case 'listen':
        return this.#listen(this.#person(step.by), step.after);
      case 'mark':
        return this.#mark(this.#person(step.by), this.#conversation(step.where), step.which);
      case 'take back':
      case 'restore':
      case 'edit':
        return this.#treat(step.does, this.#person(step.by), this.#conversation(step.where), step.which);
      case 'hang up':
        return this.#hangUp(step.which);
      case 'restart':
        return this.#restart();
      case 'rebuild':
        // While people go on talking.
        return void (await Promise.all([rebuildIn(this.#dataDir), this.#say(step.sayings)]));
      default:
        return this.#change(step.does, this.#person(step.by), this.#conversation(step.where), this.#person(step.other));
    }
  }

  /** Compares everything that can be seen with the model. */
  async end(): Promise<void> {
    await this.#sayTheEnd();
    for (const listening of this.#listening) this.#checkHeard(listening, true);
    this.#checkLog(await this.#wholeLog());
    for (const person of this.#people) await this.#checkViews(person);
    await this.close();
    await this.#checkRebuilt();
  }

  async close(): Promise<void> {
    for (const { client } of this.#listening) client.close();
    await this.#program.close();
  }

  #person = (index: number): Person => this.#people[index % this.#people.length]!;
  #conversation = (index: number): model.ModelConversation => this.#conversations[index % this.#conversations.length]!;

  #call(by: Person, method: string, path: string, json?: unknown, key?: string): Promise<Reply> {
    this.#counts.requests++;
    const headers = key === undefined ? {} : { 'Idempotency-Key': key };
    return this.#program.call(method, path, { token: by.token, headers, ...(json === undefined ? {} : { json }) });
  }

  #begin(conversation: model.ModelConversation): void {
    this.#conversations.push(conversation);
    this.#noteMembers(conversation);
  }

  #noteMembers({ id, members }: model.ModelConversation): void {
    for (const person of this.#people) {
      const since = this.#since.get(person.id) ?? new Map<string, number>();
      this.#since.set(person.id, since);
      if (!members.has(person.id)) since.delete(id);
      else if (!since.has(id)) since.set(id, this.#told.length);
    }
  }

  async #make(by: Person, kind: number, other: Person): Promise<void> {
    if (kind === 3) {
      const { json } = await this.#call(by, 'POST', '/v1/chats', { userId: other.id });
      if (this.#conversations.some(({ id }) => id === json.id)) return;
      const members = new Map([by.id, other.id].map((userId) => [userId, 'member' as const]));
      this.#begin({ id: json.id, kind: 'direct', public: false, members, said: [], readUpTo: new Map() });
    } else if (kind === 2) {
      const { json } = await this.#call(by, 'POST', '/v1/rooms', { name: 'room' });
      this.#begin({ id: json.id, kind: 'room', public: false, members: new Map(), said: [], readUpTo: new Map() });
    } else {
      const wish = { name: 'group', public: kind === 1, memberIds: [other.id] };
      const { json } = await this.#call(by, 'POST', '/v1/groups', wish);
      const members = new Map<string, 'owner' | 'member'>([[other.id, 'member']]);
      members.delete(by.id);
      const all = new Map<string, 'owner' | 'member'>([[by.id, 'owner'], ...members]);
      this.#begin({ id: json.id, kind: 'group', public: kind === 1, members: all, said: [], readUpTo: new Map() });
    }
  }

  async #change(
    does: 'join' | 'leave' | 'add' | 'remove',
    by: Person,
    where: model.ModelConversation,
    other: Person,
  ): Promise<void> {
    const path = `/v1/conversations/${where.id}`;
    const answer = {
      join: () => this.#call(by, 'POST', `${path}/join`),
      leave: () => this.#call(by, 'POST', `${path}/leave`),
      add: () => this.#call(by, 'POST', `${path}/members`, { userId: other.id }),
      remove: () => this.#call(by, 'DELETE', `${path}/members/${other.id}`),
    }[does];
    const { status } = await answer();
    expect({ does, status }).toEqual({ does, status: model.changes[does](where, by.id, other.id) });
    this.#noteMembers(where);
  }

  async #mark(by: Person, where: model.ModelConversation, upTo: number): Promise<void> {
    if (!model.mayRead(where, by.id)) return;
    model.mark(where, by.id, upTo);
    expect((await this.#call(by, 'POST', `/v1/conversations/${where.id}/read`, { upTo })).status).toBe(204);
  }

  async #treat(
    does: keyof typeof model.treatments,
    by: Person,
    where: model.ModelConversation,
    which: number,
  ): Promise<void> {
    const message = model.mayRead(where, by.id) ? model.ownMessage(where, by.id, which) : undefined;
    if (message === undefined) return;
    const path = `/v1/conversations/${where.id}/messages/${message.id}`;
    const text = `edited ${++this.#edits}`;
    const { status } = await {
      'take back': () => this.#call(by, 'DELETE', path),
      restore: () => this.#call(by, 'POST', `${path}/restore`),
      edit: () => this.#call(by, 'PATCH', path, { text }),
    }[does]();
    expect({ does, status }).toEqual({
      does,
      status: model.treatments[does](message, text, model.mayWrite(where, by.id)),
    });
  }

  /** Each conversation has a counter of its own for its keys, as clients do it: the same key is used in many. */
  #nextKey(by: Person, where: model.ModelConversation): string {
    const counted = `${by.id} ${where.id}`;
    const next = (this.#keys.get(counted) ?? 0) + 1;
    this.#keys.set(counted, next);
    return String(next);
  }

  async #say(sayings: readonly { by: number; where: number; tries: number; to: number }[]): Promise<void> {
    const said = await Promise.all(
      sayings.map(async ({ by, where, tries, to }) => {
        const speaker = this.#person(by);
        const conversation = this.#conversation(where);
        const key = this.#nextKey(speaker, conversation);
        const text = `${speaker.username} ${key}`;
        const path = `/v1/conversations/${conversation.id}/messages`;
        const threadId = model.threadAt(conversation, to);
        const wish = { text, ...(threadId === undefined ? {} : { threadId }) };
        const answers = await Promise.all(
          Array.from({ length: tries }, () => this.#call(speaker, 'POST', path, wish, key)),
        );
        for (const { status } of answers) expect(status).toBe(model.saying(conversation, speaker.id));
        const [first] = answers;
        for (const { json } of answers) expect(json.id).toBe(first!.json.id);
        return { conversation, speaker, text, threadId, answer: first! };
      }),
    );
    for (const { conversation, speaker, text, threadId, answer } of said) {
      if (answer.status !== 201) this.#counts.refused++;
      else {
        const { id, seq, position } = answer.json;
        conversation.said.push({ id, seq, position, by: speaker.id, text, threadId });
        this.#acknowledged.push({ conversationId: conversation.id, text, position });
        this.#told.push({ conversationId: conversation.id, position, members: new Set(conversation.members.keys()) });
        this.#counts.said++;
      }
    }
    for (const { said } of this.#conversations) said.sort((a, b) => a.seq - b.seq);
  }

  async #listen(who: Person, from: number): Promise<void> {
    const positions = await positionsOf(this.#program.services.events);
    const after = positions[from % positions.length]!;
    const port = Number(new URL(this.#program.url).port);
    this.#listening.push({
      client: await listening({ port }, who.token, { after }),
      who: who.id,
      after,
      saidBefore: this.#told.length,
      memberSince: new Map(this.#since.get(who.id)),
    });
  }

  async #hangUp(which: number): Promise<void> {
    const [gone] = this.#listening.splice(which % Math.max(1, this.#listening.length), 1);
    if (gone === undefined) return;
    gone.client.close();
    await gone.client.closed;
    this.#checkHeard(gone, false);
  }

  async #restart(): Promise<void> {
    this.#counts.restarts++;
    await this.#program.close();
    for (const listening of this.#listening.splice(0)) {
      expect((await listening.client.closed).code).toBe(1012);
      this.#checkHeard(listening, false);
    }
    this.#program = await startProgram({ dataDir: this.#dataDir });
  }

  /** Something that everybody hears, after everything else. */
  async #sayTheEnd(): Promise<void> {
    const [ann, ...others] = this.#people;
    const memberIds = others.map(({ id }) => id);
    const { json: group } = await this.#call(ann!, 'POST', '/v1/groups', { name: 'the end', memberIds });
    const members = new Map<string, 'owner' | 'member'>([[ann!.id, 'owner']]);
    for (const id of memberIds) members.set(id, 'member');
    this.#begin({ id: group.id, kind: 'group', public: false, members, said: [], readUpTo: new Map() });
    await this.#say([{ by: 0, where: this.#conversations.length - 1, tries: 2, to: 0 }]);
    const { position } = this.#told.at(-1)!;
    for (const { client } of this.#listening) await client.next('message', { position });
  }

  /**
   * Each message that was said while its user was a member was told once, in order; of one that was cut off, the first ones.
   * What lies before they last became one they fetch.
   */
  #checkHeard({ client, who, after, saidBefore, memberSince }: Listening, isWhole: boolean): void {
    const placed = client.frames.filter(
      ({ type, position }: Frame) => position !== undefined && !['ready', 'caught-up'].includes(type),
    );
    const positions = placed.map(({ position }) => position as number);
    expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b));
    const heard = placed.filter(({ type }) => type === 'message').map(({ position }) => position as number);
    const wanted = this.#told
      .filter(({ conversationId, members }, i) =>
        i < saidBefore ? i >= (memberSince.get(conversationId) ?? saidBefore) : members.has(who),
      )
      .map(({ position }) => position)
      .filter((position) => position > after)
      .toSorted((a, b) => a - b);
    expect(heard).toEqual(isWhole ? wanted : wanted.slice(0, heard.length));
    if (isWhole) this.#checkKnown(placed, who);
    this.#counts.heard += heard.length;
  }

  /** What a client makes of its frames is what the messages say in the end, where it still hears of them. */
  #checkKnown(frames: readonly Frame[], who: string): void {
    const known = knownFrom(frames);
    for (const conversation of this.#conversations)
      if (conversation.members.has(who))
        for (const message of conversation.said)
          if (known.has(message.id)) expect(known.get(message.id)!.text).toBe(model.shownText(message));
  }

  async #wholeLog(): Promise<readonly Recorded[]> {
    const all: Recorded[] = [];
    for (;;) {
      const page = await this.#program.services.events.readLog(all.at(-1)?.position ?? 0);
      if (page.length === 0) return all;
      all.push(...page);
    }
  }

  /** What was acknowledged was recorded once, and nothing else was. */
  #checkLog(log: readonly Recorded[]): void {
    const revisions = new Map<string, number>();
    for (const { stream, revision } of log) {
      expect({ stream, revision }).toEqual({ stream, revision: (revisions.get(stream) ?? -1) + 1 });
      revisions.set(stream, revision);
    }
    const recorded = log
      .filter(({ type }) => type === 'MessageSent')
      .map((event) => decode(event) as EventOf<'MessageSent'>)
      .map(({ data: { conversationId, text }, position }) => ({ conversationId, text, position }));
    expect(recorded).toEqual(this.#acknowledged.toSorted((a, b) => a.position - b.position));
  }

  async #checkViews(person: Person): Promise<void> {
    const mine = (await this.#call(person, 'GET', '/v1/conversations?limit=100')).json.items;
    const shown = mine.map(({ id, role, memberCount, messageCount, unread }: Frame) => [
      ...[id, role, memberCount, messageCount],
      unread,
    ]);
    const expected = this.#conversations
      .filter(({ members }) => members.has(person.id))
      .map((one) => [
        ...[one.id, one.members.get(person.id), one.members.size, one.said.length],
        model.unread(one, person.id),
      ]);
    const sorted = (rows: Frame[][]) => rows.toSorted(([a], [b]) => String(a).localeCompare(String(b)));
    expect(sorted(shown)).toEqual(sorted(expected));
    for (const conversation of this.#conversations) await this.#checkPages(person, conversation);
  }

  async #checkPages(person: Person, conversation: model.ModelConversation): Promise<void> {
    const pages: Frame[] = [];
    for (let next: string | null = '0'; next !== null; ) {
      const path = `/v1/conversations/${conversation.id}/messages?limit=${PAGE}&after=${next}`;
      const { status, json } = await this.#call(person, 'GET', path);
      expect(status).toBe(model.mayRead(conversation, person.id) ? 200 : 404);
      if (status !== 200) return;
      pages.push(...json.items);
      next = json.next;
    }
    expect(pages.map(({ seq, position, senderId, text }) => [seq, position, senderId, text])).toEqual(
      conversation.said.map((message) => [message.seq, message.position, message.by, model.shownText(message)]),
    );
    expect(pages.map(({ seq }) => seq)).toEqual(pages.map((_, i) => i + 1));
    expect(pages.map(({ threadId, thread }) => [threadId, thread?.count ?? null])).toEqual(
      conversation.said.map(({ id, threadId = null }) => [threadId, model.answersTo(conversation, id)]),
    );
  }

  /** Views that were rebuilt a moment ago may still have to take the last events at the next start. */
  async #checkRebuilt(): Promise<void> {
    const { services, close } = await startProgram({ dataDir: this.#dataDir });
    expect(await services.progress.reached(await services.events.head(), 10_000)).toBe(true);
    await close();
    const live = viewsDump(this.#dataDir);
    await rebuildIn(this.#dataDir);
    expect(viewsDump(this.#dataDir)).toEqual(live);
  }
}

/** Plays random scripts; how much was done. @throws with the seed and the shortest script that fails */
export const playScripts = async (runs: fc.Parameters<[Step[]]>): Promise<Counts> => {
  const counts: Counts = { requests: 0, said: 0, refused: 0, heard: 0, restarts: 0 };
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const dataDir = await mkdtemp(joinPath(tmpdir(), 'verbatim-random-'));
      const run = new Run(dataDir, counts);
      try {
        await run.begin();
        for (const step of steps) await run.take(step);
        await run.end();
      } catch (error) {
        await run.close();
        throw error;
      } finally {
        await rm(dataDir, { recursive: true, force: true });
      }
    }),
    runs,
  );
  return counts;
};
