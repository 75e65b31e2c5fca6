// Who may do what. Decisions, queries, pushes, files and routes ask only here.

import { type Condition, conditions } from './access/conditions.ts';
import { type Ground, holds } from './access/grounds.ts';
import { type Action, rules } from './access/rules.ts';
import {
  type Account,
  type ConversationFacts,
  type Reader,
  readerOf,
  type Thing,
  unknownConversation,
} from './accessFacts.ts';
import { type RefusalCode, Refused } from './refused.ts';

export { allGrounds, type Ground, holds } from './access/grounds.ts';
export { type Action, explainable } from './access/rules.ts';

export interface Explanation {
  /** Undefined: the action is allowed. */
  readonly refusal: RefusalCode | undefined;
  /** The condition that decided: the first that is not met, else the last. */
  readonly rule: keyof typeof conditions;
  /** Allowed: the grounds that met the conditions. Refused: the grounds of which one would have been enough. */
  readonly grounds: readonly Ground[];
}

export const explain = (reader: Reader, action: Action, thing: Thing): Explanation => {
  const met: Ground[] = [];
  for (const rule of rules[action]) {
    const { refusal, [thing.kind]: enough = [] }: Condition = conditions[rule];
    const ground = enough.find((one) => holds(one, reader, thing));
    if (ground === undefined) return { refusal, rule, grounds: enough };
    met.push(ground);
  }
  return { refusal: undefined, rule: rules[action].at(-1)!, grounds: met };
};

export const may = (reader: Reader, action: Action, thing: Thing): boolean =>
  explain(reader, action, thing).refusal === undefined;

/** `field`: the input that the refusal names. @throws Refused */
export const check = (reader: Reader, action: Action, thing: Thing, field?: string): void => {
  const { refusal } = explain(reader, action, thing);
  if (refusal !== undefined) throw new Refused(refusal, field);
};

/**
 * The `seq` after which the messages of a conversation are shown to somebody who may read it; 0: all of them are. `upTo`: how
 * many messages were there when the reader became a member; undefined: the reader is none. Auditors read the log itself.
 */
export const seesAfter = (
  { kind, public: isPublic, policy: { history } }: ConversationFacts,
  upTo: number | undefined,
): number => (kind === 'group' && !isPublic && history === 'since-joining' ? (upTo ?? Number.MAX_SAFE_INTEGER) : 0);

/** May the account read the desks of all visitors? Otherwise it reads only those of its verified e-mail address. */
export const readsEveryDesk = (account: Account): boolean =>
  may(readerOf(account), 'read', { ...unknownConversation, kind: 'desk' });

/** Is the account the visitor of the desk, and not one that answers there? */
export const asksAt = (account: Account, desk: ConversationFacts): boolean =>
  (['visitor', 'creator'] as const).some((ground) => holds(ground, readerOf(account), desk));
