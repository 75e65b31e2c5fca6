// Explains to auditors why a user may or may not do something, with the events that the answer rests on.

import { type Action, allGrounds, type Explanation, explain, type Ground, holds } from './access.ts';
import { server } from './accessFacts.ts';
import { conversations, readerIn } from './conversation.ts';
import type { Event } from './events.ts';
import { conversationIdOf, userIdOf } from './streams.ts';
import { users } from './user.ts';

/**
 * Explains why a user may or may not act after `history`: the events of the account and of the conversation, in the order
 * of the log; it ignores others. `conversationId`: null for an action on the server.
 * `events`: positions of the event that created the conversation, and of those that gave or took the grounds.
 */
export const explainFrom = (
  history: readonly Event[],
  userId: string,
  action: Action,
  conversationId: string | null,
): Explanation & { readonly events: readonly number[] } => {
  let user = users.initial();
  let conversation = conversations.initial();
  let created: number | undefined;
  const held = new Set<Ground>();
  const changed = new Map<Ground, number>();
  const thing = () => (conversationId === null ? server : conversation);
  for (const event of history) {
    if (userIdOf(event.stream) === userId) user = users.evolve(user, event, event);
    else if (conversationIdOf(event.stream) === conversationId)
      conversation = conversations.evolve(conversation, event, event);
    if (conversation.exists) created ??= event.position;
    else if (conversationId !== null) continue;
    for (const ground of allGrounds) {
      if (holds(ground, readerIn(conversation, user), thing()) === held.has(ground)) continue;
      if (!held.delete(ground)) held.add(ground);
      changed.set(ground, event.position);
    }
  }
  const explanation = explain(readerIn(conversation, user), action, thing());
  const events = [created, ...explanation.grounds.map((ground) => changed.get(ground))];
  const positions = new Set(events.filter((position) => position !== undefined));
  return { ...explanation, events: [...positions].toSorted((a, b) => a - b) };
};
