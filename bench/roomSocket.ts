// A socket of the room under load: which messages came, and when.

import { MARK } from './httpLoad.ts';
import { frameCutter, openRawSocket } from './rawSocket.ts';
import type { Target } from './target.ts';

export interface RoomSocket {
  /** Messages that came since it was opened. */
  readonly received: number;
  /** The last message, as it came. */
  readonly last: string;
  /** Called with each message's mark, and when it came, by `performance.now()`. */
  onMessage: (number: number, at: number) => void;
  /** Waits until it has `count` messages in all. @throws Error they do not come */
  has(count: number): Promise<void>;
  close(): void;
}

const WAIT = 20_000;

export const openRoomSocket = async (target: Target, who: number): Promise<RoomSocket> => {
  let received = 0;
  let last = '';
  let look: () => void = () => undefined;
  const cut = frameCutter((payload) => {
    const text = payload.toString('latin1');
    const mark = MARK.exec(text)?.[1];
    if (mark === undefined) return;
    received++;
    last = text;
    self.onMessage(Number(mark), performance.now());
  });
  const socket = await openRawSocket(target, who, (bytes) => {
    cut(bytes);
    look();
  });
  const self = {
    get received() {
      return received;
    },
    get last() {
      return last;
    },
    onMessage: (_number: number, _at: number): void => undefined,
    has: async (count: number): Promise<void> => {
      const done = Promise.withResolvers<void>();
      look = () => {
        if (received >= count) done.resolve();
      };
      const timer = setTimeout(() => done.reject(new Error(`${received} of ${count} messages were pushed`)), WAIT);
      look();
      await done.promise.finally(() => clearTimeout(timer));
    },
    close: () => void socket.destroy(),
  };
  return self;
};
