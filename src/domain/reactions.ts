// Who reacts to a message: any number of people, each once with an emoji.

import type { DataOf } from './events.ts';
import { PersistentMap } from './persistentMap.ts';

/** By emoji, in the order of first use: who reacts with it. */
export type Reactions = ReadonlyMap<string, PersistentMap<true>>;

type Reaction = Pick<DataOf<'ReactionAdded'>, 'emoji' | 'userId'>;

export const reactionsWith = (reactions: Reactions, { emoji, userId }: Reaction): Reactions =>
  new Map(reactions).set(emoji, (reactions.get(emoji) ?? PersistentMap.empty).with(userId, true));

export const reactionsWithout = (reactions: Reactions, { emoji, userId }: Reaction): Reactions => {
  const left = reactions.get(emoji)?.without(userId);
  const after = new Map(reactions);
  if (left === undefined || left.size === 0) after.delete(emoji);
  else after.set(emoji, left);
  return after;
};
