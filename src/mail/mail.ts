// Sends mails by SMTP, outside the time of the requests that ask for them: a bounded queue, one mail at a time, each
// within a bounded time.

import { setTimeout as delay } from 'node:timers/promises';
import { Busy } from '../auth/workerPool.ts';

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Why a mail was not sent: codes of the client and of the mail server, which hold no address and no text. */
export interface MailFailure {
  /** What the mail was about. */
  readonly about: string;
  readonly code: string | undefined;
  readonly responseCode: number | undefined;
}

interface Options {
  /** `smtp://` or `smtps://`, with the credentials in it. */
  readonly url: string;
  /** The sender. */
  readonly from: string;
  /** Where the pages behind the links are. */
  readonly publicUrl: string;
  readonly onFailed: (failure: MailFailure) => void;
  /** Milliseconds that the sending of one mail may take; default 30,000. */
  readonly patience?: number;
  /** Requests whose mails may wait; default 1000. */
  readonly queue?: number;
  /** Milliseconds that these get when the program stops; default 2000. */
  readonly grace?: number;
}

export type Mail = ReturnType<typeof createMail>;

const failureOf = (about: string, error: unknown): MailFailure => {
  const { code, responseCode, name } = error as { code?: unknown; responseCode?: unknown; name?: unknown };
  return {
    about,
    code: typeof code === 'string' ? code : typeof name === 'string' ? name : undefined,
    responseCode: typeof responseCode === 'number' ? responseCode : undefined,
  };
};

export const createMail = (options: Options) => {
  const { url, from, publicUrl, onFailed, patience = 30_000, queue = 1000, grace = 2000 } = options;
  const stopping = new AbortController();
  let waiting = 0;
  let isClosed = false;
  let last: Promise<void> = Promise.resolve();

  // Loaded for the first mail: most processes never send one.
  const transport = async () => {
    const { createTransport } = await import('nodemailer');
    const times = { connectionTimeout: patience, greetingTimeout: patience, socketTimeout: patience };
    return createTransport({ url, ...times, disableFileAccess: true, disableUrlAccess: true });
  };
  let connecting: ReturnType<typeof transport> | undefined;

  const send = async ({ to, ...content }: Letter): Promise<void> => {
    stopping.signal.throwIfAborted();
    connecting ??= transport();
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(patience)]);
    // As an object, so that nothing in the address is read as another recipient.
    await (await connecting).sendMail({ from, to: { name: '', address: to }, ...content, signal });
  };

  const sendAll = async (about: string, write: () => Promise<readonly Letter[]>): Promise<void> => {
    const fail = (error: unknown) => onFailed(failureOf(about, error));
    try {
      stopping.signal.throwIfAborted();
      for (const letter of await write()) await send(letter).catch(fail);
    } catch (error) {
      fail(error);
    } finally {
      waiting -= 1;
    }
  };

  return {
    /** The address of a page. What follows the `#` stays in the browser, so no server and no proxy logs the token. */
    link: (page: string, token: string): string => `${publicUrl}/${page}#${token}`,
    /**
     * Queues the letters of one request. `write` is called when their turn has come, so the answer to the request takes as
     * long whether there is something to send or not. @throws Busy when too many requests wait
     */
    post: (about: string, write: () => Promise<readonly Letter[]>): void => {
      if (isClosed || waiting >= queue) throw new Busy('too many mails wait');
      waiting += 1;
      last = last.then(() => sendAll(about, write));
    },
    /** Sends what waits, for a moment; then gives up the rest, each with a failure. */
    close: async (): Promise<void> => {
      isClosed = true;
      await Promise.race([last, delay(grace, undefined, { ref: false })]);
      stopping.abort();
      await last;
    },
  };
};
