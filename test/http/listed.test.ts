// Answers with lists in them, from views of the tests' own making.

import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ENDED } from '../../src/http/connection.ts';
import type { Context } from '../../src/http/context.ts';
import { type Listed, listed } from '../../src/http/listed.ts';
import { type Keys, keysIn, Listing, type Paged, sortedListing } from '../../src/http/listing.ts';
import { createTurns } from '../../src/http/turns.ts';
import type { Page } from '../../src/projections/queries.ts';
import type { Services } from '../../src/services.ts';

interface Item {
  readonly at: number;
  readonly text: string;
}

/** A list in the views, of `count` items of `length` characters each, which counts what is asked of it. */
const views = (count: number, length = 10) => {
  const items: readonly Item[] = Array.from({ length: count }, (_, i) => ({ at: i + 1, text: 'x'.repeat(length) }));
  const asked: Page[] = [];
  let failing = Number.POSITIVE_INFINITY;
  const paged: Paged<Item> = {
    find: async (page) => {
      asked.push(page);
      if (asked.length > failing) throw new Error('the views are away');
      const { after = 0, before = count + 1, descending, limit } = page;
      const found = items.filter(({ at }) => at > after && at < before);
      const ordered = descending ? found.toReversed() : found;
      return { items: ordered.slice(0, limit), more: ordered.length > limit };
    },
    placeOf: ({ at }) => at,
  };
  return {
    asked,
    paged,
    failAfter: (pages: number) => {
      failing = pages;
    },
    list: (options = {}) => new Listing(paged, async (some) => some, options) as Listing,
    numbers: (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i),
  };
};

const asking = (MAX_LIST = 1_000_000, turns = createTurns(), userId = 'ann', method = 'GET') => {
  const res = Object.assign(new EventEmitter(), { destroyed: false });
  const ctx = {
    method,
    res,
    state: { requestId: 'r', address: '192.0.2.1', identity: { user: { userId } } },
  } as unknown as Context;
  let isSignedIn = true;
  const authenticator = { isGood: async () => isSignedIn };
  const signOut = (): void => {
    isSignedIn = false;
  };
  let erasures = 0;
  const erase = (): void => void erasures++;
  const events = { forgotten: () => erasures };
  const services = { config: { MAX_LIST }, turns, authenticator, events } as unknown as Services;
  return { services, ctx, leave: () => res.emit(ENDED), signOut, erase };
};

const textOf = async ({ content }: Listed): Promise<string> =>
  typeof content === 'string' ? content : (await Array.fromAsync(content as Readable)).join('');
const numbersIn = async (answer: Listed): Promise<number[]> =>
  (JSON.parse(await textOf(answer)) as Item[]).map(({ at }) => at);

describe('a short list', () => {
  it('is answered at once, read once', async () => {
    const { list, asked, numbers } = views(250);
    const answer = await listed(asking(), list());
    expect(typeof answer.content).toBe('string');
    expect(await numbersIn(answer)).toEqual(numbers(1, 250));
    expect(asked.length).toBe(3);
    expect(answer.headers).toEqual({ 'Content-Type': 'application/json' });
  });

  it('may be empty, may be told the newest first, may leave items out', async () => {
    expect(await textOf(await listed(asking(), views(0).list()))).toBe('[]');
    expect(await numbersIn(await listed(asking(), views(3).list({ isNewestFirst: true })))).toEqual([3, 2, 1]);
    const odd = new Listing(views(5).paged, async (some) => some.map((one) => (one.at % 2 ? one : undefined)));
    expect(await numbersIn(await listed(asking(), odd as Listing))).toEqual([1, 3, 5]);
  });

  it('stands in its place among other things, text that looks like anything included', async () => {
    const body = { id: '",[]', lists: { one: views(2).list(), two: views(0).list() }, end: 'سلام\u2028' };
    const text = await textOf(await listed(asking(), body));
    expect(JSON.parse(text)).toMatchObject({ id: '",[]', lists: { one: [{ at: 1 }, { at: 2 }], two: [] } });
    expect(text).toContain('سلام\\u2028"}');
  });
});

describe('a long list', () => {
  const LONG = 2500;

  it('comes whole, in its order', async () => {
    const { list, numbers } = views(LONG);
    for (const newestFirst of [false, true]) {
      const answer = await listed(asking(), list({ isNewestFirst: newestFirst }));
      expect(answer.content).toBeInstanceOf(Readable);
      const expected = numbers(1, LONG);
      expect(await numbersIn(answer)).toEqual(newestFirst ? expected.toReversed() : expected);
      expect(answer.headers).toEqual({ 'Content-Type': 'application/json' });
    }
  });

  it('keeps its newest items within the bytes of an answer, and says that the oldest are left out', async () => {
    const size = JSON.stringify({ at: 1000, text: 'x'.repeat(10) }).length + 1;
    const { list, numbers } = views(LONG);
    for (const newestFirst of [false, true]) {
      const answer = await listed(asking(1200 * size), list({ isNewestFirst: newestFirst }));
      const kept = numbers(LONG - 1199, LONG);
      expect(await numbersIn(answer)).toEqual(newestFirst ? kept.toReversed() : kept);
      expect(answer.headers).toMatchObject({ 'X-Truncated': 'oldest' });
    }
    // A short one no less.
    const short = await listed(asking(3 * size), views(10).list());
    expect([await numbersIn(short), short.headers['X-Truncated']]).toEqual([[8, 9, 10], 'oldest']);
  });

  it('shares the bytes of its answer with the other lists in it', async () => {
    const answer = await listed(asking(50_000), { one: views(LONG).list(), two: views(LONG).list() });
    const text = await textOf(answer);
    expect(text.length).toBeLessThan(50_100);
    const { one, two } = JSON.parse(text) as Record<'one' | 'two', Item[]>;
    expect([one.length, one.at(-1)!.at, two.at(-1)!.at]).toEqual([two.length, LONG, LONG]);
  });

  it('has the room that the others leave, where it is the main one', async () => {
    const body = { few: views(10).list(), main: views(LONG).list({ isMain: true }), more: views(10).list() };
    const text = await textOf(await listed(asking(50_000), body));
    expect(text.length).toBeGreaterThan(49_900);
    const { few, main, more } = JSON.parse(text) as Record<'few' | 'main' | 'more', Item[]>;
    expect([few.length, main.at(-1)!.at, more.length]).toEqual([10, LONG, 10]);
  });

  it('is not told of what was added after its answer began', async () => {
    const { list } = views(LONG);
    const growing = views(LONG + 1);
    let find = views(LONG).paged.find;
    const own = new Listing<Item>(
      { ...growing.paged, find: (page, reading) => find(page, reading) },
      async (some) => some,
    );
    const answer = await listed(asking(), own as Listing);
    find = growing.paged.find;
    expect(await textOf(answer)).toBe(await textOf(await listed(asking(), list())));
  });

  it('is read no faster than its client reads', async () => {
    const { list, asked } = views(LONG, 2000);
    const answer = await listed(asking(100_000_000), list());
    const before = asked.length;
    const pieces = (answer.content as Readable).iterator({ destroyOnReturn: false });
    await pieces.next();
    for (let round = 0; round < 100; round++) await new Promise((resolve) => setImmediate(resolve));
    // One page for what was read, one for the piece that waits.
    expect(asked.length - before).toBeLessThanOrEqual(2);
    expect((answer.content as Readable).readableLength).toBeLessThanOrEqual(1);
    (answer.content as Readable).destroy();
  });

  it('breaks off once something is erased', async () => {
    const { services, ctx, erase } = asking();
    const answer = await listed({ services, ctx }, views(LONG, 100).list());
    const pieces = (answer.content as Readable).iterator();
    await pieces.next();
    erase();
    // One piece may have been read before.
    await expect(Array.fromAsync(pieces)).rejects.toThrow('erased');
  });

  it('is read no further once its client has gone, while it is measured, while it waits, while it is written', async () => {
    const turns = createTurns();
    const first = views(LONG, 2000);
    const one = asking(100_000_000, turns);
    const answer = await listed(one, first.list());

    const second = views(LONG);
    const waiting = asking(100_000_000, turns);
    const refused = listed(waiting, second.list());
    // Its free pages are read, its turn has not come.
    while (second.asked.length < 8) await new Promise((resolve) => setImmediate(resolve));
    waiting.leave();
    await expect(refused).rejects.toThrow('request-aborted');
    expect(second.asked.length).toBe(8);

    const content = answer.content as Readable;
    await content.iterator({ destroyOnReturn: false }).next();
    one.leave();
    content.destroy();
    const asked = first.asked.length;
    await new Promise((resolve) => content.once('close', resolve));
    expect(first.asked.length).toBe(asked);

    const third = views(LONG);
    const measuring = asking(100_000_000, turns);
    const left = listed(measuring, third.list());
    while (third.asked.length < 12) await new Promise((resolve) => setImmediate(resolve));
    measuring.leave();
    await expect(left).rejects.toThrow('request-aborted');
    expect(third.asked.length).toBeLessThanOrEqual(13);
  });

  it('waits for the long list its user reads, and not for that of another; short ones never wait', async () => {
    const turns = createTurns();
    const one = asking(1_000_000, turns);
    await listed(one, views(LONG).list());
    const two = views(LONG);
    let isBegun = false;
    const second = listed(asking(1_000_000, turns), two.list()).finally(() => {
      isBegun = true;
    });
    await textOf(await listed(asking(1_000_000, turns, 'ben'), views(LONG).list()));
    await textOf(await listed(asking(1_000_000, turns), views(20).list()));
    expect([two.asked.length, isBegun]).toEqual([8, false]);
    one.leave();
    await second;
  });

  it('waits for those of its address, once they have half of all turns', async () => {
    const turns = createTurns({ atOnce: 2 });
    const one = asking(1_000_000, turns);
    await listed(one, views(LONG).list());
    const second = listed(asking(1_000_000, turns, 'ben'), views(LONG).list());
    const elsewhere = asking(1_000_000, turns, 'cleo');
    Object.assign(elsewhere.ctx.state, { address: '198.51.100.1' });
    await listed(elsewhere, views(LONG).list());
    elsewhere.leave();
    one.leave();
    await second;
  });

  it('that fails after it has begun breaks off: it is never a shorter list', async () => {
    const { list, failAfter } = views(LONG, 2000);
    const answer = await listed(asking(100_000_000), list());
    failAfter(40);
    await expect(textOf(answer)).rejects.toThrow('the views are away');
  });

  it('is refused, or breaks off, once the sign-in of its user has ended', async () => {
    const [early, late] = [asking(), asking()];
    const answer = await listed(late, views(LONG).list());
    early.signOut();
    late.signOut();
    await expect(listed(early, views(LONG).list())).rejects.toThrow('signed-out');
    await expect(textOf(answer)).rejects.toThrow('signed-out');
  });

  it('is measured for a HEAD, and not written', async () => {
    const { list, asked } = views(LONG);
    const answer = await listed(asking(50_000, createTurns(), 'ann', 'HEAD'), list());
    expect(answer).toEqual({ status: 200, headers: { 'Content-Type': 'application/json', 'X-Truncated': 'oldest' } });
    expect(asked.length).toBeLessThan(30);
  });
});

describe('a list in an order that no index has', () => {
  const backwards = (count: number, most?: number) => {
    const { paged } = views(count);
    const shown: number[] = [];
    const list = sortedListing<number>(
      async (reading) => {
        const { keys, isCut } = await keysIn(reading, paged, ({ at }) => at, most);
        return { keys: keys.toSorted((one, other) => other - one), isCut } satisfies Keys<number>;
      },
      async (keys) => {
        shown.push(keys.length);
        return keys.map((at) => ({ at }));
      },
    );
    return { list: list as Listing, shown };
  };

  it('comes whole, short or long, its items read a page at a time', async () => {
    for (const count of [0, 1, 100, 101, 2500]) {
      const { list, shown } = backwards(count);
      expect(await numbersIn(await listed(asking(), list))).toEqual(views(count).numbers(1, count).toReversed());
      expect(Math.max(0, ...shown)).toBeLessThanOrEqual(100);
    }
  });

  it('says when there were more keys than are held', async () => {
    const answer = await listed(asking(), backwards(250, 120).list);
    expect([(await numbersIn(answer)).length, answer.headers['X-Truncated']]).toEqual([120, 'oldest']);
    const whole = await listed(asking(), backwards(120, 120).list);
    expect([(await numbersIn(whole)).length, whole.headers['X-Truncated']]).toEqual([120, undefined]);
  });
});
