// Where seals go beside the log, so that the operator cannot change them unseen: a webhook, a file, standard output.

import { appendFile } from 'node:fs/promises';
import type { Config } from './config.ts';
import { describeCause } from './store/cause.ts';

/** Milliseconds that a webhook may take. */
const PATIENCE = 10_000;
/** The name of standard output where a file may be named. */
const STDOUT = '-';

type Send = (line: string) => Promise<void>;

const sendTo =
  (url: string, patience: number): Send =>
  async (line) => {
    const { ok, status, body } = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: line,
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
    });
    await body?.cancel();
    if (!ok) throw new Error(`it answered ${status}`);
  };

const writeTo =
  (file: string): Send =>
  (line) =>
    file === STDOUT
      ? new Promise((resolve, reject) => {
          process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
        })
      : appendFile(file, `${line}\n`, { mode: 0o600, flush: true });

export type SealOutlets = ReturnType<typeof createSealOutlets>;

export const createSealOutlets = (
  { SEAL_WEBHOOK, SEAL_FILE }: Pick<Config, 'SEAL_WEBHOOK' | 'SEAL_FILE'>,
  { patience = PATIENCE }: { readonly patience?: number } = {},
) => {
  const outlets: readonly (readonly [name: string, send: Send])[] = [
    ...(SEAL_WEBHOOK === undefined ? [] : [['SEAL_WEBHOOK', sendTo(SEAL_WEBHOOK, patience)] as const]),
    ...(SEAL_FILE === undefined ? [] : [['SEAL_FILE', writeTo(SEAL_FILE)] as const]),
  ];
  /** What each outlet that failed could not take: the latest seal stands for all before it. */
  const unsent = new Map<string, { readonly line: string; readonly why: string }>();

  const sendBy = async (name: string, send: Send, line: string): Promise<void> => {
    try {
      await send(line);
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
    /** Waits for what is being sent. */
    close: async (): Promise<void> => void (await sending),
  };
};
