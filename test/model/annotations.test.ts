// Random reactions, pins, bookmarks and removals against a model of a few lines.

import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addReaction } from '../../src/commands/addReaction.ts';
import { bookmarkMessage } from '../../src/commands/bookmarkMessage.ts';
import { createGroup } from '../../src/commands/createGroup.ts';
import { pinMessage } from '../../src/commands/pinMessage.ts';
import { removeBookmark } from '../../src/commands/removeBookmark.ts';
import { removeMessage } from '../../src/commands/removeMessage.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { takeBackReaction } from '../../src/commands/takeBackReaction.ts';
import { unpinMessage } from '../../src/commands/unpinMessage.ts';
import { Refused } from '../../src/domain/refused.ts';
import { saidMessages } from '../../src/domain/saidMessage.ts';
import { meta, openCore, plainMeta, type TestCore } from '../support/core.ts';
import { isDistributed } from '../support/stores.ts';

const EMOJI = ['👍', '🎉', '❤️'] as const;
const MESSAGES = 3;

let program: TestCore;
let people: readonly string[];
beforeAll(async () => {
  program = await openCore();
  people = await Promise.all(['ann', 'ben', 'cleo', 'dora', 'eve'].map((name) => program.person(name)));
});
afterAll(() => program.dispose());

const acts = ['react', 'react', 'take back', 'pin', 'unpin', 'bookmark', 'forget', 'remove', 'restore'] as const;
const steps = fc.array(
  fc.record({
    does: fc.constantFrom(...acts),
    by: fc.nat({ max: 4 }),
    which: fc.nat({ max: MESSAGES - 1 }),
    emoji: fc.constantFrom(...EMOJI),
  }),
  { minLength: 40, maxLength: 80 },
);

class Model {
  /** By message: who reacts with what, in the order of first use. */
  readonly reactions = Array.from({ length: MESSAGES }, () => new Map<string, string[]>());
  readonly removed = new Set<number>();
  pins: number[] = [];
  readonly bookmarks = new Map(people.map((id) => [id, [] as number[]]));

  take(does: (typeof acts)[number], by: string, which: number, emoji: string): void {
    const reactions = this.reactions[which]!;
    const own = this.bookmarks.get(by)!;
    if (does === 'restore') this.removed.delete(which);
    if (does === 'forget' && own.includes(which)) own.splice(own.indexOf(which), 1);
    if (does === 'unpin' || does === 'remove') this.pins = this.pins.filter((one) => one !== which);
    if (does === 'remove') this.removed.add(which);
    if (this.removed.has(which)) return;
    if (does === 'pin' && !this.pins.includes(which)) this.pins.push(which);
    if (does === 'bookmark' && !own.includes(which)) own.push(which);
    if (does !== 'react' && does !== 'take back') return;
    const left = (reactions.get(emoji) ?? []).filter((one) => one !== by);
    const after =
      does === 'take back' ? left : reactions.get(emoji)?.includes(by) ? reactions.get(emoji)! : [...left, by];
    if (after.length === 0) reactions.delete(emoji);
    else reactions.set(emoji, after);
  }
}

const carryOut = (
  does: (typeof acts)[number],
  by: string,
  wish: { conversationId: string; messageId: string },
  emoji: string,
) => {
  const { core } = program;
  switch (does) {
    case 'react':
      return addReaction(core, meta(by), { ...wish, emoji });
    case 'take back':
      return takeBackReaction(core, meta(by), { ...wish, emoji });
    case 'pin':
      return pinMessage(core, meta(by), wish);
    case 'unpin':
      return unpinMessage(core, meta(by), wish);
    case 'bookmark':
      return bookmarkMessage(core, meta(by), wish);
    case 'forget':
      return removeBookmark(core, meta(by), wish);
    case 'remove':
      return removeMessage(core, meta(people[0]!), wish);
    case 'restore':
      return core.ledger.transact(saidMessages, `${wish.conversationId}-${wish.messageId}`, plainMeta(by), (said) =>
        said.isRemoved ? [{ type: 'MessageRestored', data: { ...wish, seq: 1, senderId: by, restoredBy: by } }] : [],
      );
  }
};

test('whatever people do with messages, lists show it as a model has it', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const { core, queries } = program;
      const [ann, ...others] = people;
      const { conversationId } = await createGroup(core, meta(ann!), { name: 'g', memberIds: [...others] });
      const ids: string[] = [];
      for (let i = 0; i < MESSAGES; i++)
        ids.push((await sendMessage(core, meta(ann!), { conversationId, text: String(i) })).messageId);
      await program.settled();
      const model = new Model();
      for (const { does, by, which, emoji } of script) {
        model.take(does, people[by]!, which, emoji);
        await carryOut(does, people[by]!, { conversationId, messageId: ids[which]! }, emoji).catch((error: unknown) => {
          if (!(error instanceof Refused) || error.code !== 'message-removed') throw error;
        });
      }
      await program.settled();
      for (const me of people) {
        const annotations = await queries.annotationsOn(ids, me);
        for (const [i, id] of ids.entries()) {
          const wanted = [...model.reactions[i]!].map(([emoji, who]) => ({
            emoji,
            count: who.length,
            mine: who.includes(me),
          }));
          expect(annotations.get(id)?.reactions ?? []).toEqual(wanted);
          expect((annotations.get(id)?.pinnedAt ?? null) !== null).toBe(model.pins.includes(i));
        }
        const kept = (await queries.bookmarksOf(me, { limit: 100 })).items.filter((one) => ids.includes(one.messageId));
        expect(kept.map(({ messageId }) => ids.indexOf(messageId))).toEqual(model.bookmarks.get(me));
      }
      for (const [i, id] of ids.entries())
        for (const [emoji, who] of model.reactions[i]!)
          expect((await queries.reactionsTo(id, emoji, { limit: 9 })).items.map(({ userId }) => userId)).toEqual(who);
      const pins = (await queries.pinsIn(conversationId, { limit: 9 })).items;
      expect(pins.map(({ id }) => ids.indexOf(id))).toEqual(model.pins);
    }),
    { numRuns: isDistributed ? 3 : 15, endOnFailure: true },
  );
}, 60_000);
