import { expect, it } from 'vitest';
import type { Recorded } from '../../../src/store/ports.ts';
import { followLog } from '../../../src/store/shared/followLog.ts';
import { RecentEvents } from '../../../src/store/shared/recentEvents.ts';

const event: Recorded = {
  position: 1,
  stream: 'messages-1',
  revision: 0,
  id: '',
  type: 'MessageSent',
  data: '',
  meta: '',
};

it('an event that comes while a follower reads the log for what was before it is not left lying', async () => {
  const recent = new RecentEvents();
  const readLog = async (): Promise<readonly Recorded[]> => {
    // The store has answered: there was nothing. Its live subscription begins, and brings the first event.
    recent.start(0);
    recent.push(event);
    recent.wake();
    return [];
  };
  const stop = new AbortController();
  const follower = followLog(recent, readLog, 0, stop.signal);
  expect(await follower.next()).toEqual({ done: false, value: [event] });
  stop.abort();
});
