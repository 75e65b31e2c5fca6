// A mail server that keeps what it receives, for tests.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly headers: string;
  readonly text: string;
}

export interface MailServer {
  readonly url: string;
  /** The next mail that nobody has taken yet. */
  next(): Promise<ReceivedMail>;
  /** Mails that nobody has taken yet. */
  readonly waiting: number;
  close(): Promise<void>;
}

/** Of the quoted-printable encoding (RFC 2045, 6.7). */
const decoded = (text: string): string =>
  text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** `answer`: in place of the usual answer to a command, such as `RCPT`; null: none at all. */
export const startMailServer = async (answer: Readonly<Record<string, string | null>> = {}): Promise<MailServer> => {
  const received: ReceivedMail[] = [];
  const takers: ((mail: ReceivedMail) => void)[] = [];
  const sockets = new Set<Socket>();

  const deliver = (from: string, to: readonly string[], lines: readonly string[]): void => {
    const [headers = '', ...body] = lines.join('\r\n').split('\r\n\r\n');
    const mail = { from, to, headers, text: decoded(body.join('\r\n\r\n')).replaceAll('\r\n', '\n') };
    const taker = takers.shift();
    if (taker) taker(mail);
    else received.push(mail);
  };

  const serve = async (socket: Socket): Promise<void> => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined));
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    if (answer.greeting !== null) say('220 here');
    let [from, to, lines] = ['', [] as string[], undefined as string[] | undefined];
    for await (const line of createInterface({ input: socket })) {
      if (lines) {
        if (line !== '.') lines.push(line.replace(/^\./, ''));
        else {
          deliver(from, to, lines);
          [from, to, lines] = ['', [], undefined];
          say('250 kept');
        }
        continue;
      }
      const [verb = ''] = line.toUpperCase().split(/[ :]/, 1);
      const usual = answer[verb];
      if (usual === null) continue;
      if (usual !== undefined) {
        say(usual);
        continue;
      }
      const [, address = ''] = /<([^>]*)>/.exec(line) ?? [];
      if (verb === 'MAIL') from = address;
      if (verb === 'RCPT') to.push(address);
      if (verb === 'DATA') lines = [];
      say(
        verb === 'DATA'
          ? '354 go on'
          : verb === 'AUTH'
            ? '235 it is you'
            : verb === 'EHLO'
              ? '250 AUTH PLAIN'
              : '250 ok',
      );
    }
  };

  const server = createServer((socket) => void serve(socket).catch(() => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://who:hush-hush@127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: () => {
      const mail = received.shift();
      return mail === undefined ? new Promise((taken) => takers.push(taken)) : Promise.resolve(mail);
    },
    get waiting() {
      return received.length;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};
