// node bench/searchProcess.ts <folder> <searches>: searches an imported corpus for two of its words at a time, and reads a page of it
// after each.

import { compose } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import { parseSearch } from '../src/domain/searchQuery.ts';
import { openStores } from '../src/stores.ts';
import type { Searched } from './benches/searching.ts';
import { environment } from './environment.ts';

const [dataDir = '', searches = '1'] = process.argv.slice(2);
const config = readConfig(environment(dataDir));
const stores = await openStores(config);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const { search, queries, progress, close } = await compose(config, stores, () => new Date(), { log } as never);
progress.advance((await stores.views.checkpoint()).position);

const [group] = (await queries.conversationsOfKind('group', { limit: 1 })).items;
const [member] = (await queries.members(group!.id, { limit: 1 })).items;

/** Two words of one message, from all over the corpus. */
const pairAt = async (share: number): Promise<string | undefined> => {
  const after = Math.floor(share * (group!.messageCount - 1));
  const { items } = await queries.messagesIn(group!.id, { after, limit: 1 });
  const words = [...new Set(items[0]?.text.match(/\w{3,}/g))];
  return words.length < 2 ? undefined : `${words[0]} ${words.at(-1)}`;
};
const pairs: string[] = [];
for (let i = 0; i < Number(searches); i++) {
  const pair = await pairAt(i / Number(searches));
  if (pair !== undefined) pairs.push(pair);
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
const found: number[] = [];
const pages: number[] = [];
for (const pair of [...pairs.slice(0, pairs.length >> 2), ...pairs]) {
  const page = { descending: true, limit: 50, before: 1 + Math.ceil(Math.random() * group!.messageCount) };
  found.push(
    await timed(() => search(parseSearch(pair), member!.userId, { place: undefined, limit: 50, order: 'time' })),
  );
  pages.push(await timed(() => queries.messagesIn(group!.id, page)));
}
await close();
await stores.close();
const warm = pairs.length >> 2;
console.log(JSON.stringify({ searches: found.slice(warm), pages: pages.slice(warm) } satisfies Searched));
