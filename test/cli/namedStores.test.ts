// Stores that the operator names on the command line, as `copy` and `verify` take them.

import { describe, expect, test } from 'vitest';
import { placeNamed } from '../../src/cli/namedStores.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { runVerbHere } from '../support/runVerbHere.ts';

const CLUSTER = 'esdb://ann:s3cret@a:2113,b:2113,c:2113?tls=true&tlsCAFile=/etc/ca.crt';
const REPLICAS = 'mongodb://ann:s3cret@a:27017,b:27017/chat?replicaSet=rs0';

describe('stores are named', () => {
  test.each([
    ['./data', { DATA_DIR: './data' }],
    ['/srv/a,b', { DATA_DIR: '/srv/a,b' }],
    ['esdb://a:1, mongodb://b:2', { EVENTSTORE_URL: 'esdb://a:1', MONGODB_URL: 'mongodb://b:2' }],
    ['mongodb+srv://b/chat,./data', { DATA_DIR: './data', MONGODB_URL: 'mongodb+srv://b/chat' }],
    ['data,esdb+discover://a:1', { DATA_DIR: 'data', EVENTSTORE_URL: 'esdb+discover://a:1' }],
    [`${CLUSTER},${REPLICAS}`, { EVENTSTORE_URL: CLUSTER, MONGODB_URL: REPLICAS }],
    [
      `${REPLICAS},prefix=chat.,${CLUSTER}`,
      { EVENTSTORE_URL: CLUSTER, EVENTSTORE_PREFIX: 'chat.', MONGODB_URL: REPLICAS },
    ],
  ])('as %s', (named, place) => {
    const { EVENTSTORE_URL, EVENTSTORE_PREFIX, MONGODB_URL, DATA_DIR } = placeNamed(named);
    expect({ EVENTSTORE_URL, EVENTSTORE_PREFIX, MONGODB_URL, DATA_DIR }).toEqual({
      EVENTSTORE_URL: undefined,
      EVENTSTORE_PREFIX: undefined,
      MONGODB_URL: undefined,
      DATA_DIR: './data',
      ...place,
    });
  });
});

test.each([
  CLUSTER,
  REPLICAS,
  `${CLUSTER},${CLUSTER}`,
  'mongo://ann:s3cret@a/chat',
  `./data,https://ann:s3cret@a`,
  `esdb://ann:s3cret@a:port,./data`,
  `mongodb://ann:s3c@ret@a,./data`,
  '',
])('what does not name stores is refused, and the refusal holds no password: %s', async (named) => {
  const home = await temporaryDirectory();
  for (const args of [
    ['copy', '--from', named, '--to', home.path],
    ['verify', named],
  ]) {
    const { code, out, err } = await runVerbHere(args, {});
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/name a data directory|must be the address of (MongoDB|EventStoreDB)/);
    expect(err).not.toMatch(/s3c|ret@/);
  }
  await home.remove();
});

test.each([
  ['an address', CLUSTER],
  ['empty', ''],
  ['empty', ' '],
])('a folder whose name is %s is none: %j', async (why, named) => {
  const home = await temporaryDirectory();
  for (const verb of ['backup', 'restore', 'export', 'import'])
    for (const args of [[named], [home.path, '--keys', named]]) {
      const { code, out, err } = await runVerbHere([verb, ...args], { DATA_DIR: home.path });
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain(why);
      expect(err).not.toContain('s3cret');
    }
  for (const setting of named.trim() === '' ? [] : ['DATA_DIR', 'KEYS_DIR']) {
    const { code, err } = await runVerbHere(['history'], { [setting]: named });
    expect([code, err]).toEqual([1, expect.stringContaining(`${setting}: must be a folder and no address`)]);
    expect(err).not.toContain('s3cret');
  }
  await home.remove();
});
