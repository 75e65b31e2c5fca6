// How an account treats a thread: whether it follows it, and how far it has read there.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, Events } from './events.ts';
import { streams } from './streams.ts';

export interface Following {
  /** Undefined: it never followed the thread. */
  readonly follows: boolean | undefined;
  readonly upTo: number;
}

/** The id of a following is `<conversationId>-<threadId>-<userId>`. */
export const followings: Aggregate<Following> = {
  stream: streams.thread,
  initial: () => ({ follows: undefined, upTo: 0 }),
  evolve: (following, event) => {
    switch (event.type) {
      case 'ThreadFollowed':
        return { ...following, follows: true };
      case 'ThreadUnfollowed':
        return { ...following, follows: false };
      case 'ThreadRead':
        return { ...following, upTo: event.data.upTo };
      default:
        return following;
    }
  },
};

export const followThread = ({ follows }: Following, data: DataOf<'ThreadFollowed'>): Events =>
  follows === true ? [] : [{ type: 'ThreadFollowed', data }];

export const unfollowThread = ({ follows }: Following, data: DataOf<'ThreadUnfollowed'>): Events =>
  follows === true ? [{ type: 'ThreadUnfollowed', data }] : [];

/** Of who began the thread: somebody answers there. It does not come back to a thread that it has left. */
export const followOwnThread = (following: Following, data: DataOf<'ThreadFollowed'>): Events =>
  following.follows === undefined ? followThread(following, data) : [];

/** `upTo`: the `seq` in the conversation up to which the messages of the thread are read. It may go back. */
export const markThreadRead = ({ upTo }: Following, read: DataOf<'ThreadRead'>): Events =>
  read.upTo === upTo ? [] : [{ type: 'ThreadRead', data: read }];
