// Explains to auditors why a user may or may not do something, with the events that the answer rests on.

import { type Action, allGrounds, type Explanation, explain, type Ground, holds } from './access.ts';
import { server } from './accessFacts.ts';
import { conversations } from './conversation.ts';
import { enquirerAt, readerIn } from './conversationAccess.ts';
import type { Event } from './events.ts';
import { conversationIdOf, userIdOf } from './streams.ts';
import { accountOf, users } from './user.ts';

export interface Explained extends Explanation {
  /** Those that created the conversation, and gave or took the grounds; in the order of the log. */
  readonly events: readonly Event[];
}

/**
 * Explains why a user may or may not act. `see`: takes the events of the account and of the conversation, in the order of
 * the log; it ignores others. `conversationId`: null for an action on the server.
 */
export const createExplainer = (userId: string, action: Action, conversationId: string | null) => {
  let user = users.initial();
  let conversation = conversations.initial();
  let created: Event | undefined;
  const held = new Set<Ground>();
  const changed = new Map<Ground, Event>();
  const reader = () =>
    action === 'enquire' ? enquirerAt(conversation, accountOf(user)) : readerIn(conversation, user);
  const thing = () => (conversationId === null ? server : conversation);
  return {
    see: (event: Event): void => {
      if (userIdOf(event.stream) === userId) user = users.evolve(user, event, event);
      else if (conversationIdOf(event.stream) === conversationId)
        conversation = conversations.evolve(conversation, event, event);
      if (conversation.exists) created ??= event;
      else if (conversationId !== null) return;
      for (const ground of allGrounds) {
        if (holds(ground, reader(), thing()) === held.has(ground)) continue;
        if (!held.delete(ground)) held.add(ground);
        changed.set(ground, event);
      }
    },
    /** After what it has seen. */
    explained: (): Explained => {
      const explanation = explain(reader(), action, thing());
      const events = [created, ...explanation.grounds.map((ground) => changed.get(ground))];
      const known = new Set(events.filter((event) => event !== undefined));
      return { ...explanation, events: [...known].toSorted((a, b) => a.position - b.position) };
    },
  };
};
