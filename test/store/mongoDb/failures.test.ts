// Whatever a MongoDB server says is tried again and told to operators; only a bug of ours stops the work for good.

import { BSON, type Document, MongoBulkWriteError, MongoServerError } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGridFsBlobStore } from '../../../src/store/mongoDb/blobStore.ts';
import { connectMongo, type MongoConnection, OPEN_PATIENCE_MS } from '../../../src/store/mongoDb/connection.ts';
import { isOurs, outage } from '../../../src/store/mongoDb/failures.ts';
import { createLease } from '../../../src/store/mongoDb/lease.ts';
import { openMongoViewStore } from '../../../src/store/mongoDb/viewStore.ts';
import { type BlobStore, type Placed, Unavailable, type ViewStore } from '../../../src/store/ports.ts';
import { collections } from '../../contracts/viewStore.contract.ts';
import { aMinutePasses } from '../../support/aMinutePasses.ts';
import { refusal, startAnsweringProxy } from '../../support/mongoDb/answeringProxy.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';
import { startProgram } from '../../support/program.ts';
import { shapeOf } from '../../support/shapeOf.ts';
import { upTo } from '../../support/upTo.ts';

const labels = { errorLabels: ['RetryableWriteError'] };
const writeError = (code: number) => ({ ok: 1, n: 0, writeErrors: [{ index: 0, code, errmsg: 'no' }] });
const unconfirmed = (code: number, codeName: string) => ({
  ok: 1,
  n: 0,
  writeConcernError: { code, codeName, errmsg: 'waiting for replication' },
});

/** What servers were seen to say, in the shapes that they say it in. */
const SAID: readonly [what: string, answer: Document | 'cut'][] = [
  [
    '91 ShutdownInProgress, with a label',
    refusal(91, 'ShutdownInProgress', 'The server is in quiesce mode', { ...labels }),
  ],
  [
    '189 PrimarySteppedDown',
    refusal(189, 'PrimarySteppedDown', 'Primary stepped down while waiting for replication', { ...labels }),
  ],
  ['10107 NotWritablePrimary', refusal(10107, 'NotWritablePrimary', 'not primary', { ...labels })],
  ['11600 InterruptedAtShutdown', refusal(11600, 'InterruptedAtShutdown', 'interrupted at shutdown', { ...labels })],
  [
    '11602 InterruptedDueToReplStateChange',
    refusal(11602, 'InterruptedDueToReplStateChange', 'operation was interrupted', { ...labels }),
  ],
  ['365 TemporarilyUnavailable', refusal(365, 'TemporarilyUnavailable', 'busy')],
  ['11601 Interrupted', refusal(11601, 'Interrupted', 'operation was interrupted')],
  [
    '112 WriteConflict, with a label',
    refusal(112, 'WriteConflict', 'write conflict', { errorLabels: ['TransientTransactionError'] }),
  ],
  ['1 InternalError', refusal(1, 'InternalError', 'internal error')],
  ['8 UnknownError', refusal(8, 'UnknownError', 'unknown')],
  ['96 OperationFailed', refusal(96, 'OperationFailed', 'failed')],
  ['13 Unauthorized', refusal(13, 'Unauthorized', 'not authorized on verbatim to execute command { update: "x" }')],
  ['18 AuthenticationFailed', refusal(18, 'AuthenticationFailed', 'Authentication failed.')],
  ['276 IndexBuildAborted', refusal(276, 'IndexBuildAborted', 'aborted')],
  ['10334 BSONObjectTooLarge', refusal(10334, 'BSONObjectTooLarge', 'too large')],
  ['a code that nobody knows', refusal(123_456, 'NewInTheNextVersion', 'surprise')],
  ['no code at all', { ok: 0, errmsg: 'no' }],
  ['189 for a single write', writeError(189)],
  ['a code that nobody knows for a single write', writeError(123_456)],
  ['64 of the write concern', unconfirmed(64, 'WriteConcernTimeout')],
  ['91 of the write concern', unconfirmed(91, 'ShutdownInProgress')],
  ['nothing: the connection breaks', 'cut'],
];
const WRITES = ['insert', 'update', 'delete'];
const isWrite = (command: Document): boolean => WRITES.some((name) => name in command);
const isRefusalOfReads = (answer: Document | 'cut'): boolean => answer === 'cut' || answer.ok === 0;

const lobby: Placed = {
  position: 1,
  changes: [{ op: 'put', collection: 'conversations', doc: { id: 'lobby', kind: 'room', name: 'Lobby', messages: 0 } }],
};
const named = (position: number): Placed => ({
  position,
  changes: [{ op: 'patch', collection: 'conversations', id: 'lobby', fields: { name: `${position}` } }],
});

await describeOnMongo('what MongoDB says', (databases) => {
  let proxy: Awaited<ReturnType<typeof startAnsweringProxy>>;
  beforeEach(async () => {
    proxy = await startAnsweringProxy(databases.url());
  });
  afterEach(() => proxy.close());

  /** The next commands that match get this answer, one each. */
  const answerOnce = (answer: Document | 'cut', ...matching: ((command: Document) => boolean)[]): void => {
    proxy.answers = (command) => {
      const at = matching.findIndex((matches) => matches(command));
      if (at < 0) return undefined;
      matching.splice(at, 1);
      return answer;
    };
  };

  describe('once', () => {
    let mongo: MongoConnection;
    let views: ViewStore;
    let blobs: BlobStore;
    beforeEach(async () => {
      mongo = await connectMongo({ url: proxy.url });
      views = await openMongoViewStore({ db: mongo.db, shape: shapeOf(collections) });
      blobs = await openGridFsBlobStore({ db: mongo.db });
      await views.apply([lobby], upTo(1));
    });
    afterEach(async () => {
      await views.close();
      await blobs.close();
      await mongo.close();
    });

    /** As the projector does: it tries again after an outage, and any other error stops it. */
    const tried = async <T>(work: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error;
        }
      }
    };

    it.each(SAID)('%s: views, files and the lease go on as if nothing had been', async (_, answer) => {
      answerOnce(answer, isWrite);
      await tried(() => views.apply([named(2)], upTo(2)));
      answerOnce(answer, (command) => command.update === 'views_serving');
      await tried(() => views.apply([named(3)], upTo(3)));
      if (isRefusalOfReads(answer)) answerOnce(answer, (command) => 'find' in command);
      expect(await tried(() => views.get('conversations', ['lobby']))).toMatchObject([{ name: '3' }]);
      expect(await tried(() => views.checkpoint())).toMatchObject({ position: 3 });

      answerOnce(answer, (command) => command.insert === 'blobs.chunks');
      const { hash } = await tried(() => blobs.put([Buffer.from('hello')] as never, 100));
      if (isRefusalOfReads(answer)) answerOnce(answer, (command) => 'find' in command);
      const content = await tried(async () => (await blobs.open(hash)).toArray());
      expect(String(Buffer.concat(content))).toBe('hello');

      answerOnce(answer, isWrite);
      const lease = createLease({ db: mongo.db, name: 'projector', holder: 'a' });
      expect(await tried(() => lease.held(new AbortController().signal))).toMatchObject({ token: expect.any(Number) });
      await lease.release();
    });

    it.each<[string, () => Document | 'cut' | 'silent']>([
      ['refuses', () => refusal(14031, 'OutOfDiskSpace', 'no room')],
      ['never confirms', () => 'silent'],
    ])('a server that %s writes is read on, however long', async (_, answer) => {
      proxy.answers = (command) => (isWrite(command) ? answer() : undefined);
      aMinutePasses();
      expect(await views.checkpoint()).toMatchObject({ position: 1 });
      expect(await views.get('conversations', ['lobby'])).toMatchObject([{ name: 'Lobby' }]);
    });

    it('while the lease is held: it is kept', async () => {
      const lease = createLease({ db: mongo.db, name: 'projector', holder: 'a' });
      const { lost } = await lease.held(new AbortController().signal);
      const beat = Promise.withResolvers<void>();
      let beats = 0;
      proxy.answers = (command) => {
        if (command.update !== 'leases') return undefined;
        beats += 1;
        if (beats === 2) beat.resolve();
        return beats === 1 ? refusal(10107, 'NotWritablePrimary', 'not primary', labels) : undefined;
      };
      await beat.promise;
      expect(lost.aborted).toBe(false);
      await lease.release();
    });
  });

  it('a step-down that lasts is told to operators and clients in the words of the server, and then everything goes on', async () => {
    const program = await startProgram({ settings: { MONGODB_URL: proxy.url }, viewWait: 2000 });
    try {
      const ann = await program.person('ann');
      const { token } = ann;
      const room = (await program.call('POST', '/v1/groups', { token, json: { name: 'team' } })).json.id;
      await program.settled();
      const messages = `/v1/conversations/${room}/messages`;
      const send = (text: string) => program.call('POST', messages, { token, json: { text } });
      const said = 'not primary and secondaryOk=false, ask mongo.example.org:27017';
      proxy.answers = (command) =>
        isWrite(command) || 'find' in command ? refusal(10107, 'NotWritablePrimary', said, { ...labels }) : undefined;
      expect((await send('during')).status).toBe(202);
      const read = await program.call('GET', messages, { token });
      expect(read).toMatchObject({ status: 503, json: { code: 'unavailable' } });
      expect(Number(read.headers.get('retry-after'))).toBeGreaterThan(0);
      const file = { token, body: 'content', headers: { 'Content-Type': 'text/plain' } };
      expect((await program.call('POST', '/v1/files', file)).status).toBe(503);
      const troubles = async (): Promise<string[]> => (await program.call('GET', '/readyz')).json.troubles;
      for (const part of ['projector: ', 'views: not read: ', 'blobs: not written: '])
        await expect
          .poll(troubles)
          .toContainEqual(
            expect.stringMatching(`^${part}.*NotWritablePrimary 10107: not primary.*no member is primary`),
          );
      expect((await troubles()).join()).not.toContain('example.org');
      proxy.answers = () => undefined;
      await expect.poll(troubles).toEqual([]);
      await program.settled();
      const { json } = await program.call('GET', messages, { token });
      expect(json.items).toMatchObject([{ text: 'during' }]);
    } finally {
      await program.close();
    }
  });

  it('a server without updates by a pipeline is refused at the start, with what to use', async () => {
    proxy.answers = ({ updates }) =>
      updates?.some(({ u }: Document) => Array.isArray(u))
        ? refusal(9, 'FailedToParse', 'Expected a document, found an array.')
        : undefined;
    const began = performance.now();
    await expect(openMongoViewStore({ url: proxy.url, shape: shapeOf(collections) })).rejects.toThrow(
      /FailedToParse 9: Expected a document, found an array\. this server lacks .* use MongoDB 6 or FerretDB 2\.5/,
    );
    expect(performance.now() - began).toBeLessThan(OPEN_PATIENCE_MS / 2);
  });

  it('while the lease cannot be asked for, that is a trouble; while another process has it, it is none', async () => {
    const mongo = await connectMongo({ url: proxy.url });
    const other = await databases.connect(databases.url());
    const lease = createLease({ db: mongo.db, name: 'projector', holder: 'a' });
    proxy.answers = (command) =>
      command.find === 'leases' ? refusal(13, 'Unauthorized', 'not authorized on x') : undefined;
    await expect(lease.held(new AbortController().signal)).rejects.toThrow(
      'Unauthorized 13: not authorized on x. give the user',
    );
    proxy.answers = () => undefined;
    const holder = createLease({ db: mongo.db, name: 'projector', holder: 'b' });
    await holder.held(new AbortController().signal);
    const stop = new AbortController();
    let seen = 0;
    const waiting = lease.held(stop.signal, () => {
      if (++seen === 2) stop.abort(new Error('enough'));
    });
    await expect(waiting).rejects.toThrow();
    await holder.release();
    await mongo.close();
    await other.close();
  });
});

describe('a bug of ours', () => {
  const bulk = (error: Error) => new MongoBulkWriteError(error as never, {} as never);

  it('is told from what a server says, also where the driver hides it in the failure of a bulk write', () => {
    for (const bug of [new TypeError('x'), new RangeError('x'), new BSON.BSONError('x')]) {
      expect(isOurs(bug)).toBe(true);
      expect(isOurs(bulk(bug))).toBe(true);
    }
    const said = new MongoServerError({ code: 189, errmsg: 'x' });
    for (const other of [said, bulk(said), bulk(new Error('socket')), new Error('This socket has been ended')])
      expect(isOurs(other)).toBe(false);
  });

  it('what operators read has no word of what people wrote', () => {
    const said =
      'not authorized on verbatim to execute command { insert: "views_1_messages", documents: [ { text: "secret" } ] }';
    const { message, cause } = outage(
      'views',
      new MongoServerError({ code: 13, codeName: 'Unauthorized', errmsg: said }),
    );
    expect(message).toContain('Unauthorized 13: not authorized on verbatim to execute command');
    expect(`${message} ${JSON.stringify(cause)} ${(cause as Error).stack}`).not.toContain('secret');
  });

  it('what everybody may read names no user and no address of a database behind the server', () => {
    const errmsg =
      'failed to connect to `user=verbatim database=postgres`:\n\t10.0.0.7:5432 (10.0.0.7): dial error: connection refused';
    const { message } = outage('views', new MongoServerError({ code: 1, codeName: 'InternalError', errmsg }));
    expect(message).toContain('InternalError 1: failed to connect to');
    expect(message).toContain('connection refused');
    expect(message).not.toMatch(/user|10\.0/);
  });
});
