// Sends one subscriber what lies behind it in the log, until it has caught up with the fan-out and goes live. All
// subscribers share the pages of the log, and those that may read the same events share the bytes.

import type { Services } from '../../services.ts';
import { createConcurrencyLimit } from '../flow/concurrencyLimit.ts';
import { createTurnShare } from '../flow/turnShare.ts';
import type { Acquaintances } from '../subscribers/acquaintances.ts';
import type { Principal, Subscriber } from '../subscribers/subscriber.ts';
import type { Subscriptions } from '../subscribers/subscriptions.ts';
import { between } from './burst.ts';
import { createBursts } from './bursts.ts';
import type { EarlierMessages } from './earlierMessages.ts';
import type { Fates } from './fates.ts';
import type { FrameCache } from './frameCache.ts';
import type { LogPage, LogPages } from './logPages.ts';

/** Pages that are read, or in memory until they are sent, at once: many clients may come back at the same moment. */
const AT_ONCE = 16;
/** Of these, pages for one account: one socket need not wait for views that another one waits for. */
const OF_ACCOUNT = 4;
/** Milliseconds of each turn of the event loop that catching up may take. */
const SHARE = 1;

/** Of the sockets of one account, so that many get no more of the time than one. */
type AccountLimits = Readonly<Record<'inHand' | 'oneByOne', ReturnType<typeof createConcurrencyLimit>>>;

/** `livePosition`: position up to which the fan-out has sent everything. */
export const createCatchUp = (
  { decode }: Pick<Services, 'decode'>,
  subscriptions: Subscriptions,
  frames: FrameCache,
  fates: Fates,
  earlier: Pick<EarlierMessages, 'among' | 'known' | 'last' | 'lastOf'>,
  acquaintances: Pick<Acquaintances, 'among' | 'isFor' | 'isTold'>,
  livePosition: () => number,
  { pageAfter }: LogPages,
) => {
  const inHand = createConcurrencyLimit(AT_ONCE);
  const accounts = new WeakMap<Principal, AccountLimits>();
  const oneByOne = createConcurrencyLimit(1);
  const share = createTurnShare(SHARE);
  const bursts = createBursts(subscriptions, frames, fates, earlier, acquaintances, decode);

  const limitsOf = (principal: Principal): AccountLimits => {
    const limits = accounts.get(principal) ?? {
      inHand: createConcurrencyLimit(OF_ACCOUNT),
      oneByOne: createConcurrencyLimit(1),
    };
    accounts.set(principal, limits);
    return limits;
  };

  /**
   * Sends the rest of the page at the cursor, up to a position, or as much as the sink takes. Nothing, if what the page says has
   * changed meanwhile, or something was erased since `generation`: then the page is read again.
   * @throws Unavailable, Unreadable
   */
  const sendPage = async (
    subscriber: Subscriber,
    page: LogPage | undefined,
    upTo: number,
    generation: number,
  ): Promise<void> => {
    const { sink } = subscriber;
    const toSend = page ? await bursts.of(subscriber, page) : [];
    if (toSend === undefined || frames.generation !== generation) return;
    sink.cork();
    for (const burst of toSend) {
      const bytes = between(burst, subscriber.cursor, upTo);
      if (bytes.length === 0) continue;
      if (subscriber.state !== 'catching-up') break;
      // Before the write: a sink that overflows takes all of the burst, then ends and reports the cursor.
      subscriber.cursor = Math.min(burst.positions.at(-1)!, upTo);
      sink.write(bytes);
      if (sink.isFull) return sink.uncork();
    }
    sink.uncork();
    subscriber.cursor = Math.max(subscriber.cursor, Math.min(page?.end ?? upTo, upTo));
  };

  /** @throws Unavailable, Unreadable */
  const sendNext = async (subscriber: Subscriber, own: AccountLimits): Promise<void> => {
    // Before the read: if there is no page, nothing lies behind the cursor up to here.
    const empty = livePosition();
    const { generation } = frames;
    const page = await pageAfter(subscriber.cursor);
    // Here, since the views may be behind: those whose pages ask nothing of them go on meanwhile.
    if (page) await bursts.told(page);
    await own.oneByOne(() =>
      oneByOne(() =>
        // Before the look at what the subscriber may read: the fan-out may change that with each later event.
        share(() => sendPage(subscriber, page, page ? livePosition() : empty, generation)),
      ),
    );
  };

  /**
   * Sends a subscriber everything after `after`, a page at a time; then it goes live. It receives each event once, in
   * order. Calls `onLive` between what lies behind and live events. Resolves when the subscriber is live, or gone.
   * @throws Unavailable the log or the views cannot be read: the subscriber can continue at `resumeAt`; Unreadable
   */
  return async (subscriber: Subscriber, after: number, onLive: (position: number) => void): Promise<void> => {
    if (subscriber.state !== 'silent') return;
    subscriber.state = 'catching-up';
    subscriber.cursor = after;
    while (subscriber.state === 'catching-up') {
      if (subscriber.cursor >= livePosition()) {
        // Without a pause since the check: the fan-out sends the next event to this subscriber too.
        subscriptions.goLive(subscriber);
        onLive(subscriber.cursor);
        return;
      }
      if (subscriber.sink.isFull) await subscriber.sink.drained();
      const own = limitsOf(subscriber.principal);
      await own.inHand(() => inHand(() => sendNext(subscriber, own)));
    }
  };
};
