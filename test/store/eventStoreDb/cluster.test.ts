// A cluster whose leader hangs, a node that only follows, and a stop while nothing answers.

import { expect, it, onTestFinished } from 'vitest';
import { openEventStoreDb } from '../../../src/store/eventStoreDb/eventStore.ts';
import { NO_STREAM, Unavailable } from '../../../src/store/ports.ts';
import { event, freshStream } from '../../contracts/eventStore.contract.ts';
import { startStandIn } from '../../support/eventStoreDb/findNode.ts';

/** Longer than a test may take: what waits for it fails. */
const NEVER = 120_000;

/** The client takes no addresses in brackets. */
const NOWHERE = '[fe80]:2113';

const addressOf = ({ url }: { readonly url: string }): string => /\/\/([^?]+)/.exec(url)![1]!;

/** Nodes of one cluster, as far as they say. The first one leads. */
const startCluster = async (count = 2) => {
  const nodes = await Promise.all(Array.from({ length: count }, startStandIn));
  for (const node of nodes) onTestFinished(node.close);
  const addresses = nodes.map(addressOf);
  const elect = (leader: number) => {
    for (const node of nodes) node.joinCluster(addresses, addresses[leader]!);
  };
  /** A node that the client cannot reach leads, by its address. */
  const electNowhere = () => {
    for (const node of nodes) node.joinCluster([...addresses, NOWHERE], NOWHERE);
  };
  elect(0);
  return { nodes, addresses, elect, electNowhere, url: `esdb://${addresses.join(',')}?tls=false` };
};

const open = async (url: string) => {
  const store = await openEventStoreDb({ url, deadline: NEVER, overdue: 50 });
  onTestFinished(() => store.close());
  return store;
};

it('appends go on at the new leader while the old one hangs', async () => {
  const { nodes, elect, url } = await startCluster(3);
  const store = await open(url);
  expect(await store.head()).toBe(0);
  nodes[0]!.delayAnswers(NEVER);
  const stream = freshStream();
  const appended = store.append(stream, NO_STREAM, [event()]);
  // Nobody leads yet: the store asks again.
  await expect.poll(() => nodes[1]!.gossips()).toBeGreaterThan(1);
  elect(1);
  expect(await appended).toMatchObject({ revision: 0 });
  expect(await (await open(nodes[1]!.url)).readStream(stream)).toHaveLength(1);
});

it('what hangs goes on at the new leader though another question was late first, and was answered', async () => {
  const { nodes, elect, url } = await startCluster(3);
  const store = await open(url);
  expect(await store.head()).toBe(0);
  // The store still listens to the others when its second question is late as well.
  for (const node of nodes) node.delayAnswers(300);
  const asked = nodes[0]!.reads();
  const first = store.readLog(0);
  await expect.poll(() => nodes[0]!.reads()).toBeGreaterThan(asked);
  nodes[0]!.delayAnswers(NEVER);
  const second = store.readStream(freshStream());
  expect(await first).toEqual([]);
  const gossips = nodes[1]!.gossips();
  await expect.poll(() => nodes[1]!.gossips()).toBeGreaterThan(gossips);
  elect(1);
  expect(await second).toEqual([]);
});

it('a cluster is found though its first node is gone and its second one follows', async () => {
  const { nodes, elect, url } = await startCluster(3);
  elect(2);
  await nodes[0]!.goAway();
  const store = await open(url);
  expect(await store.head()).toBe(0);
  const { position } = await store.append(freshStream(), NO_STREAM, [event()]);
  expect(await (await open(nodes[2]!.url)).head()).toBe(position);
  await nodes[0]!.comeBack();
});

it('an address of one node leads to the leader when that node only follows', async () => {
  const { nodes } = await startCluster();
  const store = await open(nodes[1]!.url);
  const stream = freshStream();
  expect(await store.head()).toBe(0);
  await store.append(stream, NO_STREAM, [event()]);
  expect(await store.readStream(stream)).toHaveLength(1);
  expect(await (await open(nodes[0]!.url)).readStream(stream)).toHaveLength(1);
});

it('a leader of an impossible address is an outage, which ends with the next leader', async () => {
  const { nodes, elect, electNowhere, url } = await startCluster();
  const store = await open(url);
  expect(await store.head()).toBe(0);
  electNowhere();
  await expect(store.head()).rejects.toThrow(Unavailable);
  elect(0);
  await expect.poll(() => store.head().catch(() => undefined)).toBe(0);
  nodes[0]!.delayAnswers(NEVER);
  electNowhere();
  const found = store.readLog(0);
  const gossips = nodes[1]!.gossips();
  await expect.poll(() => nodes[1]!.gossips()).toBeGreaterThan(gossips + 1);
  elect(1);
  expect(await found).toEqual([]);
});

it('a store of a cluster that hangs closes all the same', async () => {
  const { nodes, url } = await startCluster();
  for (const node of nodes) node.delayAnswers(NEVER);
  const store = await openEventStoreDb({ url, deadline: NEVER, overdue: 50 });
  const over = new AbortController();
  const following = Array.fromAsync(store.follow(0, over.signal));
  const appending = expect(store.append(freshStream(), NO_STREAM, [event()])).rejects.toThrow('closed');
  await expect.poll(() => nodes[1]!.gossips()).toBeGreaterThan(0);
  await store.close();
  await appending;
  expect(await following).toEqual([]);
});
