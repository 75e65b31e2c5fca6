// A process is killed under load, again and again, while clients are connected to the other.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeOnSite, newName, type Process, until } from '../support/distributed.ts';
import type { Person } from '../support/program.ts';
import { type Client, listening } from '../support/sockets.ts';

const WRITERS = 6;
/** One kill of each process: the one that a client listens at, and the other. */
const ROUNDS = 2;
/** Messages before each kill. */
const LOAD = 24;
/** Milliseconds between what one writer sends while a process starts, which needs the machine as well. */
const THINKING = 500;

interface Sent {
  readonly text: string;
  /** Undefined: never answered with success. */
  readonly messageId: string | undefined;
}

await describeOnSite('a process killed under load', {}, (site) => {
  test('loses nothing that was answered, and nothing is there twice', async () => {
    const places: Process[] = await Promise.all([site.start(), site.start()]);
    const [ann, ben] = [await places[0]!.person(newName('ann')), await places[1]!.person(newName('ben'))];
    const json = { name: newName('team'), memberIds: [ben.id] };
    const team: string = (await places[0]!.call('POST', '/v1/groups', { token: ann.token, json })).json.id;
    await site.settled();
    let stays = await listening(places[1]!, ben.token, { after: 0 });
    const heard: Client[] = [stays];

    /** From the last that was heard: what is on its way when a socket closes is heard as well. */
    const goOn = async (place: Process): Promise<void> => {
      stays.close();
      await stays.closed;
      const after = Math.max(0, ...stays.frames.map(({ position }) => position ?? 0));
      stays = await listening(place, ben.token, { after });
      heard.push(stays);
    };

    /** Asks until it is answered, now here, now there, always under the same key. */
    const write = async (who: Person, text: string, first: number): Promise<Sent> => {
      const headers = { 'Idempotency-Key': randomUUID() };
      for (let attempt = 0; attempt < 200; attempt++) {
        const at = places[(first + attempt) % places.length]!;
        try {
          const { status, json } = await at.call('POST', `/v1/conversations/${team}/messages`, {
            token: who.token,
            json: { text },
            headers,
          });
          if (status === 201) return { text, messageId: json.id };
          if (status !== 202 && status !== 503) throw new Error(`answered with ${status}`);
        } catch (error) {
          // It was killed: whether the message was taken is unknown.
          if (!(error instanceof TypeError)) throw error;
        }
        await delay(25);
      }
      return { text, messageId: undefined };
    };

    let isStarting = false;
    const over = new AbortController();
    const writing = Array.from({ length: WRITERS }, async (_, writer) => {
      const sent: Sent[] = [];
      for (let i = 0; !over.signal.aborted; i++) {
        sent.push(await write(writer % 2 ? ann : ben, `${writer}.${i}`, writer));
        if (isStarting) await delay(THINKING);
      }
      return sent;
    });
    for (let round = 0; round < ROUNDS; round++) {
      const dying = round % 2;
      const before = (await site.recorded(team)).length;
      await until('there is load', () => site.hasMoreThan(before + LOAD, team));
      await places[dying]!.kill();
      isStarting = true;
      // Whose socket went with it goes on at the other, from the last it has heard.
      if (dying === 1) await goOn(places[0]!);
      else {
        const last = stays.frames.length;
        await until('the other goes on', async () => stays.frames.length > last);
      }
      places[dying] = await site.start();
      isStarting = false;
      if (dying === 1) await goOn(places[1]!);
    }
    over.abort();
    const sent = (await Promise.all(writing)).flat();

    const recorded = await site.recorded(team);
    expect(sent.filter(({ messageId }) => messageId === undefined)).toEqual([]);
    expect(new Map(recorded.map(({ messageId, text }) => [text, messageId]))).toEqual(
      new Map(sent.map(({ messageId, text }) => [text, messageId])),
    );
    expect(recorded).toHaveLength(sent.length);
    await until('all of it is pushed', async () => messageIds(heard).length >= recorded.length);
    expect(messageIds(heard)).toEqual(recorded.map(({ messageId }) => messageId));
    const numbers = recorded.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    await site.isLikeRebuilt();
  }, 120_000);
});

/** In the order of hearing. */
const messageIds = (clients: readonly Client[]): readonly string[] =>
  clients.flatMap(({ frames }) => frames.filter(({ type }) => type === 'message').map(({ message }) => message.id));
