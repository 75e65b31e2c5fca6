// Clients under faults: people who write over HTTP and over sockets, store files, and listen, to a server that comes and
// goes. The checker is told all of it.

import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import type { Recorded } from '../../src/store/ports.ts';
import type { Answer, Checker, Observer, Outcome } from './checker.ts';
import { askingOf, PASSWORD, type Reply } from './program.ts';

/** Where the server is at present; another address after each start. */
export interface Target {
  url: string;
}

export interface LoadOptions {
  readonly target: Target;
  readonly checker: Checker;
  /** People who write over HTTP, and again under the same key until they are acknowledged. */
  readonly writers?: number;
  /** The same over a socket. */
  readonly socketWriters?: number;
  /** People who say each thing at `target` and `second` at once, under one key. */
  readonly doublers?: number;
  readonly second?: Target;
  /** People who say each thing once, whatever becomes of it. */
  readonly hasty?: number;
  /** People who store files. */
  readonly uploaders?: number;
  readonly listeners?: number;
  /** Characters of each message, beside its mark, and of each file. */
  readonly padding?: number;
  /** What it is padded with. */
  readonly letter?: string;
}

export interface Load {
  /** One group that everybody is a member of. */
  readonly conversationId: string;
  /** Key of its owner, who does nothing else. */
  readonly key: string;
  readonly listeners: readonly Observer[];
  /** Acknowledged, of every kind. */
  readonly count: number;
  /** Resolves once `more` operations are acknowledged from now on. */
  acknowledges(more: number): Promise<void>;
  /** Resolves once `more` tries failed from now on. */
  fails(more: number): Promise<void>;
  /** One more listener, which asks for everything after `position`. */
  listenFrom(position: number): void;
  /** Nobody begins anything; resolves when everybody has ended what they began. Listeners go on. */
  stopWriting(): Promise<void>;
  /** Resolves once every listener has heard the last of `log`. */
  heard(log: readonly Recorded[]): Promise<void>;
  stopListening(): Promise<void>;
}

/** Milliseconds between two tries: a server that is away is not asked in a tight loop. */
const AGAIN = 50;

const authorization = (key: string) => ({ Authorization: `Token ${key}` });

const signUp = async ({ url }: Target, username: string): Promise<string> => {
  const { call } = askingOf(url);
  await call('POST', '/v1/users', { json: { username, password: PASSWORD } });
  return (await call('POST', '/v1/sessions', { json: { login: username, password: PASSWORD, kind: 'key' } })).json.key;
};

const answerOf = ({ status, json }: Reply): Answer => ({ status, made: json?.id });

/** A socket that is opened again whenever it is needed and gone. */
const socketOf = (target: Target, key: string, onFrame: (frame: never) => void, onOpen?: (ws: WebSocket) => void) => {
  let socket: WebSocket | undefined;
  const open = (): WebSocket => {
    const own = new WebSocket(`${target.url.replace('http', 'ws')}/v1/socket`, { headers: authorization(key) });
    own.on('error', () => undefined);
    own.on('open', () => onOpen?.(own));
    own.on('message', (data) => onFrame(JSON.parse(String(data)) as never));
    return own;
  };
  return {
    /** @throws Error it is closed before it is open. */
    opened: async (): Promise<WebSocket> => {
      if (socket?.readyState === WebSocket.OPEN) return socket;
      socket?.terminate();
      const own = open();
      socket = own;
      await new Promise<void>((resolve, reject) => {
        own.once('open', resolve);
        own.once('close', () => reject(new Error('no socket')));
      });
      return own;
    },
    terminate: () => socket?.terminate(),
  };
};

interface Said {
  readonly type: string;
  readonly key?: string;
  readonly code?: string;
  readonly position: number;
  readonly messageId?: string;
  readonly message: { readonly text: string };
}

/** A refusal that says nothing of what is asked for: it may be granted later. */
const isOpenEnded = (code = ''): boolean => ['unavailable', 'busy', 'internal'].includes(code);

/** Sends over one socket; a refusal that says nothing of the outcome is one of HTTP's 503. */
const socketWriter = (target: Target, key: string) => {
  const waiting = new Map<string, (answer: Answer) => void>();
  const socket = socketOf(target, key, ({ type, key: of, code, messageId }: Said) => {
    if (type !== 'accepted' && type !== 'refused') return;
    waiting.get(of ?? '')?.(
      type === 'accepted' ? { status: 201, made: messageId } : { status: isOpenEnded(code) ? 503 : 400 },
    );
  });
  return {
    send: async (frame: { readonly key: string; readonly conversationId: string; readonly text: string }) => {
      const own = await socket.opened();
      const answer = Promise.withResolvers<Answer>();
      const onClose = (): void => answer.reject(new Error('the socket closed'));
      waiting.set(frame.key, answer.resolve);
      own.once('close', onClose);
      own.send(JSON.stringify({ type: 'send', ...frame }));
      return answer.promise.finally(() => {
        waiting.delete(frame.key);
        own.off('close', onClose);
      });
    },
    close: socket.terminate,
  };
};

/** Tells `observer` every message, over one socket after the other, each from the last position heard. */
const listen = (target: Target, key: string, observer: Observer, onHeard: () => void) => {
  const stopped = new AbortController();
  const socket = socketOf(
    target,
    key,
    ({ type, position, message, code = '' }: Said) => {
      if (type === 'refused') {
        if (!isOpenEnded(code)) throw new Error(`a listener may not begin after ${observer.last}: ${code}`);
        // Refused while the log is away. The socket stays open and says nothing more: ask again, over another.
        socket.terminate();
      }
      if (type !== 'message') return;
      observer.hears({ position, mark: message.text.split(' ')[0]! });
      onHeard();
    },
    (own) => own.send(JSON.stringify({ type: 'subscribe', after: observer.last })),
  );
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const own = await socket.opened().catch(() => undefined);
      if (own?.readyState === WebSocket.OPEN) await new Promise((resolve) => own.once('close', resolve));
      await pause(AGAIN);
    }
  };
  const running = run();
  return async (): Promise<void> => {
    stopped.abort();
    socket.terminate();
    await running;
  };
};

/** Things to wait for that are looked at whenever something has happened. */
const createWaits = () => {
  const waiting = new Set<() => void>();
  return {
    happened: () => {
      for (const look of waiting) look();
    },
    until: (isDone: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (!isDone()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
};

/** Makes the accounts and the group, and begins. The server must be there. */
export const startLoad = async (options: LoadOptions): Promise<Load> => {
  const { target, checker, writers = 0, socketWriters = 0, hasty = 0, uploaders = 0, listeners = 0 } = options;
  const { doublers = 0, second = target } = options;
  const padding = (options.letter ?? 'x').repeat(options.padding ?? 0);
  const stopped = new AbortController();
  const waits = createWaits();
  let count = 0;
  let failures = 0;

  const owner = await signUp(target, 'owner');
  const made = await askingOf(target.url).call('POST', '/v1/groups', {
    token: owner,
    json: { name: 'Storm', public: true },
  });
  const conversationId: string = made.json.id;
  const member = async (name: string): Promise<string> => {
    const key = await signUp(target, name);
    const joined = await askingOf(target.url).call('POST', `/v1/conversations/${conversationId}/join`, { token: key });
    if (joined.status >= 300) throw new Error(`${name} could not join: ${joined.status} ${joined.text}`);
    return key;
  };

  const attempt = async (client: string, mark: string, work: () => Promise<Answer>): Promise<Outcome> => {
    const outcome = await checker.attempt(client, mark, work);
    if (outcome === 'acknowledged') count += 1;
    else failures += 1;
    waits.happened();
    return outcome;
  };

  /**
   * One operation after the other; each is tried until it is acknowledged, unless its client is hasty. `ways`: tried at
   * once each time.
   */
  const client = async (
    name: string,
    isHasty: boolean,
    ...ways: readonly ((mark: string) => Promise<Answer>)[]
  ): Promise<void> => {
    for (let n = 0; !stopped.signal.aborted; n++) {
      const mark = `${name}:${n}`;
      // What is begun is ended, so that a stop leaves nothing open but what hasty clients left.
      for (;;) {
        const outcomes = await Promise.all(ways.map((once) => attempt(name, mark, () => once(mark))));
        if (outcomes.includes('acknowledged')) break;
        if (outcomes.includes('failed')) throw new Error(`the server refuses ${mark} for good`);
        await pause(isHasty ? AGAIN * 10 : AGAIN);
        if (isHasty) break;
      }
    }
  };

  const post = async (key: string, mark: string, path: string, given: object, at = target): Promise<Answer> =>
    answerOf(await askingOf(at.url).call('POST', path, { token: key, headers: { 'Idempotency-Key': mark }, ...given }));
  const say = (key: string, at?: Target) => (mark: string) =>
    post(
      key,
      mark,
      `/v1/conversations/${conversationId}/messages`,
      { json: { text: `${mark} ${padding}`.trim() } },
      at,
    );
  const store = (key: string) => (mark: string) =>
    post(key, mark, `/v1/files?name=${mark}`, {
      body: `${mark} ${padding}`,
      headers: { 'Idempotency-Key': mark, 'Content-Type': 'text/plain' },
    });

  const named = (kind: string, many: number) =>
    Promise.all(
      Array.from({ length: many }, async (_, i) => ({ name: `${kind}${i}`, key: await member(`${kind}${i}`) })),
    );

  const sockets: { close(): void }[] = [];
  const sayOnSocket = (key: string) => {
    const writer = socketWriter(target, key);
    sockets.push(writer);
    return (mark: string) => writer.send({ key: mark, conversationId, text: `${mark} ${padding}`.trim() });
  };

  const [byHttp, bySocket, twice, once, files, ears] = await Promise.all([
    named('writer', writers),
    named('socket', socketWriters),
    named('doubler', doublers),
    named('hasty', hasty),
    named('uploader', uploaders),
    named('listener', listeners),
  ]);
  const observers: Observer[] = [];
  const silence: (() => Promise<void>)[] = [];
  const listenAs = (name: string, key: string, after?: number): void => {
    const observer = checker.observer(name, undefined, after);
    observers.push(observer);
    silence.push(listen(target, key, observer, waits.happened));
  };
  for (const { name, key } of ears) listenAs(name, key);
  const working = [
    ...byHttp.map(({ name, key }) => client(name, false, say(key))),
    ...bySocket.map(({ name, key }) => client(name, false, sayOnSocket(key))),
    ...twice.map(({ name, key }) => client(name, false, say(key), say(key, second))),
    ...once.map(({ name, key }) => client(name, true, say(key))),
    ...files.map(({ name, key }) => client(name, false, store(key))),
  ];

  return {
    conversationId,
    key: owner,
    listeners: observers,
    get count() {
      return count;
    },
    acknowledges: (more) => {
      const wanted = count + more;
      return waits.until(() => count >= wanted);
    },
    fails: (more) => {
      const wanted = failures + more;
      return waits.until(() => failures >= wanted);
    },
    listenFrom: (position) => listenAs(`latecomer${observers.length}`, owner, position),
    stopWriting: async () => {
      stopped.abort();
      await Promise.all(working);
      for (const socket of sockets) socket.close();
    },
    heard: (log) => {
      const last = log.findLast(({ type }) => type === 'MessageSent')?.position ?? 0;
      return waits.until(() => observers.every((observer) => observer.last >= last));
    },
    stopListening: async () => {
      await Promise.all(silence.map((stop) => stop()));
    },
  };
};
