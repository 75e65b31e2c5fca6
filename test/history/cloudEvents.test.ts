// Lines of CloudEvents: nothing of an event is lost in them, and nothing in them can be changed unseen.

import { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encode } from '../../src/domain/codec.ts';
import { type DomainEvent, type EventType, schemas } from '../../src/domain/events.ts';
import { chain, isChained, NO_HASH } from '../../src/history/chain.ts';
import { BrokenLine, type Exported, lineOf, NO_LINK, readLine } from '../../src/history/cloudEvents.ts';
import { withSecret } from '../../src/history/secret.ts';
import { samplesOf } from '../support/samplesOf.ts';

const LOG = crypto.randomUUID();
const meta = { actorId: crypto.randomUUID(), correlationId: 'test', commandId: crypto.randomUUID(), commandHash: 'h' };

/** As the history records it. */
const recordedOf = (event: DomainEvent, position: number): Exported => {
  const { private: part, ...plain } = encode(crypto.randomUUID(), event, '2026-01-05T12:00:00.000Z', meta);
  const data = part === undefined ? plain.data : withSecret(plain.data, `.${part.subject}.c2VjcmV0`);
  const place = { stream: 'user-x', revision: 0, position };
  return { ...plain, ...place, data, meta: chain(NO_HASH, { ...plain, ...place, data })[0] };
};

const write = (events: readonly Exported[]): readonly string[] => {
  let before = NO_LINK;
  return events.map((event, i) => {
    let line: string;
    [line, before] = lineOf(event, { logId: LOG, sequence: i + 1, before });
    return line;
  });
};

const read = (lines: readonly string[]): readonly Exported[] => {
  let before = NO_LINK;
  return lines.map((line, i) => {
    let event: Exported;
    [event, before] = readLine(line, { logId: LOG, sequence: i + 1, before });
    return event;
  });
};

test.each(Object.keys(schemas) as EventType[])('%s is a valid CloudEvent, and comes back as it was', (type) => {
  const events = samplesOf(schemas[type]).map((data, i) => recordedOf({ type, data } as DomainEvent, i + 1));
  const lines = write(events);
  for (const line of lines) {
    expect(line).not.toContain('\n');
    expect(new CloudEvent(JSON.parse(line)).validate()).toBe(true);
  }
  const found = read(lines);
  expect(found).toEqual(events);
  expect(found.every((event) => isChained(NO_HASH, event))).toBe(true);
  // Lines of a part are parsed, and written again.
  const redacted = events.map((event) => ({ ...event, redacted: true as const }));
  expect(read(write(redacted))).toEqual(redacted);
});

test('any text comes back as it was', () => {
  // Halves of pairs, too.
  const unit = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));
  fc.assert(
    fc.property(fc.string({ unit }), fc.string({ unit }), (name, stream) => {
      const event = recordedOf({ type: 'SlugGiven', data: { conversationId: meta.actorId, slug: name } }, 1);
      expect(read(write([{ ...event, stream }]))).toEqual([{ ...event, stream }]);
    }),
  );
});

const SENT = ['Ann', 'Bob', 'Cat', 'Dan'].map((slug, i) =>
  recordedOf({ type: 'SlugGiven', data: { conversationId: meta.actorId, slug } }, i + 1),
);
const lines = write(SENT);

/** The index of the first line that is refused, and why. */
const refused = (changed: readonly string[]): readonly [number, string] => {
  let before = NO_LINK;
  for (const [i, line] of changed.entries())
    try {
      [, before] = readLine(line, { logId: LOG, sequence: i + 1, before });
    } catch (error) {
      if (!(error instanceof BrokenLine)) throw error;
      return [i, error.message];
    }
  return [-1, ''];
};

test.each<[string, readonly string[], readonly [number, string]]>([
  ['dropped', lines.toSpliced(1, 1), [1, '1 lines before it are missing']],
  ['moved', [lines[1]!, lines[0]!, ...lines.slice(2)], [0, '1 lines before it are missing']],
  ['doubled', [lines[0]!, ...lines], [1, 'the line stands in another place than it was written to']],
  ['cut off', [lines[0]!, lines[1]!.slice(0, -5)], [1, 'the line was changed or cut off']],
  ['put from elsewhere', lines.with(2, write(SENT.slice(0, 3).reverse())[2]!), [2, 'the line was changed']],
])('a line that was %s is found', (_, changed, found) => {
  expect(refused(changed)).toEqual(found);
});

test('any other character in any place is found in its line', () => {
  const place = fc
    .nat({ max: lines.length - 1 })
    .chain((line) =>
      fc.record({ line: fc.constant(line), at: fc.nat({ max: lines[line]!.length - 1 }), bit: fc.nat({ max: 6 }) }),
    );
  fc.assert(
    fc.property(place, ({ line, at, bit }) => {
      const text = lines[line]!;
      const other = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
      expect(refused(lines.with(line, text.slice(0, at) + other + text.slice(at + 1)))[0]).toBe(line);
    }),
    { numRuns: 1000 },
  );
});
