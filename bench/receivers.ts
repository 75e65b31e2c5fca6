// Many sockets of one room, in a process of their own: counts the bytes that come and parses none, but for the first
// socket, whose frames say how many bytes each of the others is to get.

import type { Socket } from 'node:net';
import { MARK } from './httpLoad.ts';
import { clientFrame, frameCutter, openRawSocket, wordFinder } from './rawSocket.ts';
import type { Target } from './target.ts';

/** A target as it crosses between processes: the headers of each person in a list. */
export interface WireTarget extends Pick<Target, 'host' | 'port' | 'socketPath' | 'hello'> {
  readonly headers: readonly string[];
}

export const wireTarget = (target: Target, people: number): WireTarget => ({
  host: target.host,
  port: target.port,
  socketPath: target.socketPath,
  hello: target.hello,
  headers: Array.from({ length: people }, (_, who) => target.socketHeaders(who)),
});

export type Ask =
  | { readonly ask: 'open'; readonly target: WireTarget }
  /** Answered when every socket has got so many messages since it was opened. */
  | { readonly ask: 'expect'; readonly messages: number }
  /** Answered when every socket is open, has said `subscribe`, and has caught up with `messages`. */
  | { readonly ask: 'return'; readonly target: WireTarget; readonly subscribe: object; readonly messages: number }
  | { readonly ask: 'close' };

/** `at`: when the last byte came, in milliseconds since the epoch. */
export interface Received {
  readonly at: number;
}

const BATCH = 50;

let sockets: Socket[] = [];
let bytesOf = new Float64Array(0);
let messages = 0;
let messageBytes = 0;
let expected = 0;
let lastAt = 0;
let waiting: (() => void) | undefined;

const open = async ({ headers, ...rest }: WireTarget): Promise<void> => {
  const target: Target = { ...rest, request: () => '', socketHeaders: (who) => headers[who]! };
  bytesOf = new Float64Array(headers.length);
  const cut = frameCutter((payload, wireBytes) => {
    if (!MARK.test(payload.toString('latin1'))) return;
    messages++;
    messageBytes += wireBytes;
  });
  const openOne = (who: number): Promise<Socket> =>
    openRawSocket(target, who, (bytes) => {
      bytesOf[who]! += bytes.length;
      if (who === 0) cut(bytes);
    });
  sockets = [];
  for (let i = 0; i < headers.length; i += BATCH)
    sockets.push(...(await Promise.all(headers.slice(i, i + BATCH).map((_, k) => openOne(i + k)))));
  // What they heard while they were opened is no message.
  bytesOf.fill(0);
  messages = 0;
  messageBytes = 0;
};

/** Looked at now and then, and not at each byte: when all came, `lastAt` is a little late. */
const look = (): void => {
  if (!waiting) return;
  if (messages >= expected && bytesOf.every((bytes) => bytes >= messageBytes)) {
    lastAt = performance.timeOrigin + performance.now();
    waiting();
    waiting = undefined;
  } else setTimeout(look, 2);
};

const expect = (count: number): Promise<void> =>
  new Promise((resolve) => {
    expected = count;
    waiting = resolve;
    look();
  });

/** Only the first socket counts messages: every other one must get as many bytes. */
const comeBack = async (target: WireTarget, subscribe: object, wanted: number): Promise<void> => {
  let left = target.headers.length;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let count = 0;
  const cut = frameCutter((payload) => {
    if (MARK.test(payload.toString('latin1'))) count++;
  });
  const back = (bytes: number): void => {
    lastAt = performance.timeOrigin + performance.now();
    if (bytes === 0) reject(new Error('a socket has come back with nothing'));
    else if (--left === 0) resolve();
  };
  const open: Target = { ...target, hello: undefined, request: () => '', socketHeaders: (who) => target.headers[who]! };
  const all = new Float64Array(target.headers.length);
  const openOne = async (who: number): Promise<Socket> => {
    const [findFirst, findEnd] = [wordFinder('"message"'), wordFinder('"caught-up"')];
    // What comes before the first message is longer once positions have another digit.
    let [isBegun, isBack] = [false, false];
    const hear = (bytes: Buffer): void => {
      if (isBack) return;
      if (who === 0) cut(bytes);
      const until = findEnd(bytes);
      isBack = until > 0;
      const from = isBegun ? 0 : findFirst(bytes);
      isBegun ||= from > 0;
      if (isBegun) all[who]! += (isBack ? until : bytes.length) - from;
      if (isBack) back(all[who]!);
    };
    const socket = await openRawSocket(open, who, hear);
    socket.on('close', () => reject(new Error(`socket ${who} was closed`)));
    socket.write(clientFrame(JSON.stringify(subscribe)));
    return socket;
  };
  for (let i = 0; i < target.headers.length; i += BATCH)
    sockets.push(...(await Promise.all(target.headers.slice(i, i + BATCH).map((_, k) => openOne(i + k)))));
  await promise;
  if (count !== wanted) throw new Error(`${count} of ${wanted} messages came`);
  if (all.some((bytes) => bytes !== all[0])) throw new Error('a socket has a gap');
};

const close = (): void => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
};

const answer = async (question: Ask): Promise<Received> => {
  if (question.ask === 'open') await open(question.target);
  else if (question.ask === 'expect') await expect(question.messages);
  else if (question.ask === 'return') await comeBack(question.target, question.subscribe, question.messages);
  else close();
  return { at: lastAt };
};

if (process.send)
  process.on('message', (question: Ask) => {
    void answer(question).then((received) => process.send?.(received));
  });
