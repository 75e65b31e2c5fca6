// docs/conversations.md says who may do what as the rules of access do.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { may } from '../src/domain/access.ts';
import {
  type ConversationFacts,
  type MessageFacts,
  type Reader,
  readerOf,
  type Standing,
  unknownConversation,
} from '../src/domain/accessFacts.ts';
import { type Policy, policy } from '../src/domain/events.ts';
import { MOST_NAMES } from '../src/domain/mentions.ts';
import { firstPolicy } from '../src/domain/policy.ts';
import { accountOf } from '../src/domain/user.ts';
import { ann, ben, userNamed } from './support/scenario.ts';

const page = readFileSync(new URL('../docs/conversations.md', import.meta.url), 'utf8');
/** The rows of the tables with so many columns, without the line below their heads. */
const tableOf = (columns: number): readonly string[][] =>
  [...page.matchAll(/^\| (.*)\|$/gm)]
    .map(([, row]) => row!.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === columns && !cells.includes('---'));

type Holds = (reader: Reader, group: ConversationFacts) => boolean;
const message = (reader: Reader, group: ConversationFacts, createdBy: string): MessageFacts => ({
  kind: 'message',
  createdBy,
  isReadable: may(reader, 'read', group),
  isShown: true,
  isModerated: may(reader, 'moderate', group),
  versions: group.policy.versions,
  removedBy: null,
});

const rights: Readonly<Record<string, Holds>> = {
  'send a message': (reader, group) => may(reader, 'write', group),
  'answer in a thread': (reader, group) => may(reader, 'write', group),
  'edit their own message': (reader, group) =>
    may(reader, 'write', group) && may(reader, 'editMessage', message(reader, group, ann)),
  'remove their own message': (reader, group) => may(reader, 'removeMessage', message(reader, group, ann)),
  "remove others' messages": (reader, group) => may(reader, 'removeMessage', message(reader, group, ben)),
  react: (reader, group) => may(reader, 'react', group),
  'pin and unpin': (reader, group) => may(reader, 'pin', group),
  'mark as read': (reader, group) => may(reader, 'markRead', group),
  bookmark: (reader, group) => may(reader, 'read', group),
  'follow a thread': (reader, group) => may(reader, 'markRead', group),
  'call all': (reader, group) => may(reader, 'callAll', group),
  'add members': (reader, group) => may(reader, 'addMember', group),
  'give roles': (reader, group) => may(reader, 'giveRole', group),
  'set the policy': (reader, group) => may(reader, 'setPolicy', group),
};

const groupWith = (changes: Partial<Policy> = {}): ConversationFacts => ({
  ...unknownConversation,
  policy: { ...firstPolicy.group, ...changes },
});
const as = (standing: Standing): Reader => readerOf(accountOf(userNamed(ann, 'ann')), standing);
const columns: readonly (readonly [Reader, ConversationFacts])[] = [
  [as('owner'), groupWith()],
  [as('moderator'), groupWith()],
  [as('member'), groupWith()],
  [as('member'), groupWith({ write: 'moderators' })],
  [as('reader'), groupWith()],
];
const allowed = (holds: Holds, changes?: Partial<Policy>) =>
  columns.map(([reader, group]) => holds(reader, { ...group, policy: { ...group.policy, ...changes } }));

const [head, ...rows] = tableOf(7);

test('the table has a column for each role, and a row for each action', () => {
  expect(head!.slice(1)).toEqual([
    'owner',
    'moderator',
    'member',
    'member, where moderators write',
    'reader',
    'policy',
  ]);
  expect(rows.map(([action]) => action)).toEqual(Object.keys(rights));
});

describe.each(rows)('to %s', (action, ...cells) => {
  const holds = rights[action!]!;
  const named = cells.at(-1)!;

  test('is for whom the table says', () => {
    expect(cells.slice(0, -1).map((cell) => cell === 'yes')).toEqual(allowed(holds));
  });

  test('depends on those parts of the policy that the table names', () => {
    const { write, invite, pin, callAll } = policy.shape;
    for (const [part, { options }] of Object.entries({ write, invite, pin, callAll })) {
      const results = new Set(options.map((value) => String(allowed(holds, { [part]: value }))));
      expect([part, named.includes(`\`${part}\``)]).toEqual([part, results.size > 1]);
    }
  });
});

test('the first policy is that of each kind', () => {
  const [kinds, ...parts] = tableOf(5);
  expect(kinds!.slice(1)).toEqual(Object.keys(firstPolicy));
  const shown = Object.values(firstPolicy);
  const fields = Object.keys(policy.shape) as (keyof Policy)[];
  expect(parts).toEqual(fields.map((field) => [`\`${field}\``, ...shown.map((kind) => `\`${kind[field]}\``)]));
});

test('so many names of a message call somebody', () => {
  expect(page).toContain(`the first ${MOST_NAMES} names`);
});
