// Where seals go beside the log, so that the operator cannot change them unseen: a webhook, a file, standard output.

import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Config } from './config.ts';
import type { LogOutput } from './logOutput.ts';
import { describeCause } from './store/cause.ts';

/** Milliseconds that an outlet may take. */
const PATIENCE = 10_000;
/** Milliseconds that it may take once the program stops: the next start sends the last seal again. */
const LAST = 1000;
/** The name of standard output where a file may be named. */
const STDOUT = '-';
/** O_NONBLOCK: a pipe that nobody reads refuses a line, and never hangs. Windows has none. */
const TO_ADD = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);

type Send = (line: string, signal: AbortSignal) => Promise<void>;

const sendTo =
  (url: string): Send =>
  async (line, signal) => {
    const { ok, status, body } = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: line,
      redirect: 'error',
      signal,
    });
    await body?.cancel();
    if (!ok) throw new Error(`it answered ${status}`);
  };

/** While a line waits for its reader or for room on the disk, others that follow it would all wait in memory. */
const printBy = ({ print }: Pick<LogOutput, 'print'>): Send => {
  let isWaiting = false;
  return async (line) => {
    if (isWaiting) throw new Error('it has not taken the line before');
    isWaiting = true;
    await print(`${line}\n`).finally(() => {
      isWaiting = false;
    });
  };
};

/** Rejects when `signal` aborts, whatever becomes of `work`. */
const within = async (work: Promise<void>, signal: AbortSignal): Promise<void> => {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  await Promise.race([work, over]).finally(() => signal.removeEventListener('abort', stop));
};

/** The last bytes of a file. Empty: there is none, or it is a pipe, which nobody can look at. */
const endOf = async (file: string, bytes: number): Promise<string> => {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return '';
  await using opened = await open(file);
  const length = Math.min(bytes, found.size);
  const { buffer } = await opened.read(Buffer.alloc(length), 0, length, found.size - length);
  return buffer.toString();
};

/** A seal that the file has at its end, from before a crash, is not added again. A line that broke off there stays one of its own. */
const addTo =
  (file: string): Send =>
  async (line) => {
    const text = `${line}\n`;
    const end = await endOf(file, Buffer.byteLength(text));
    if (end === text) return;
    await using opened = await open(file, TO_ADD, 0o600);
    await opened.writeFile(end === '' || end.endsWith('\n') ? text : `\n${text}`);
    if ((await opened.stat()).isFile()) await opened.sync();
  };

export type SealOutlets = ReturnType<typeof createSealOutlets>;

/**
 * `output`: standard output, which seals share with the log: with two writers a seal could land within a line of the log.
 * Undefined: the output is the answer of a verb, which no seal belongs to.
 */
export const createSealOutlets = (
  { SEAL_WEBHOOK, SEAL_FILE }: Pick<Config, 'SEAL_WEBHOOK' | 'SEAL_FILE'>,
  output?: Pick<LogOutput, 'print'>,
) => {
  const toFile = SEAL_FILE === STDOUT ? output && printBy(output) : SEAL_FILE && addTo(SEAL_FILE);
  const outlets: readonly (readonly [name: string, send: Send])[] = [
    ...(SEAL_WEBHOOK ? [['SEAL_WEBHOOK', sendTo(SEAL_WEBHOOK)] as const] : []),
    ...(toFile ? [['SEAL_FILE', toFile] as const] : []),
  ];
  /** What each outlet that failed could not take: the latest seal stands for all before it. */
  const unsent = new Map<string, { readonly line: string; readonly why: string }>();

  const closing = new AbortController();

  const sendBy = async (name: string, send: Send, line: string): Promise<void> => {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(PATIENCE)]);
    try {
      await within(send(line, signal), signal);
      unsent.delete(name);
    } catch (error) {
      // The address may hold a secret, and the error of a client of HTTP the address.
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      unsent.set(name, { line, why: describeCause(cause) ?? 'it failed' });
    }
  };

  let sending: Promise<unknown> = Promise.resolve();
  const enqueue = (work: () => Promise<unknown>): Promise<unknown> => {
    sending = sending.then(work);
    return sending;
  };

  return {
    /** One seal as a line of JSON. Never rejects. */
    send: (line: string) => enqueue(() => Promise.all(outlets.map(([name, send]) => sendBy(name, send, line)))),
    /** Sends again what could not be sent. Never rejects. */
    retry: () =>
      enqueue(() =>
        Promise.all(outlets.map(([name, send]) => unsent.has(name) && sendBy(name, send, unsent.get(name)!.line))),
      ),
    /** In words for the operator. */
    warnings: (): readonly string[] =>
      [...unsent].map(([name, { why }]) => `${name}: the last seal could not be sent: ${why}`),
    /** Waits for what is being sent, but not for an outlet that hangs. */
    close: async (): Promise<void> => {
      const timer = setTimeout(() => closing.abort(new Error('the server stops')), LAST);
      await sending;
      clearTimeout(timer);
    },
  };
};
