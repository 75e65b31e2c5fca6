// What the event store on EventStoreDB keeps in memory of the ends of streams.

import { describe, expect, it } from 'vitest';
import { KnownRevisions } from '../../../src/store/eventStoreDb/knownRevisions.ts';

describe('the ends of streams', () => {
  it('are what was seen or learned, whichever is later', () => {
    const known = new KnownRevisions();
    expect(known.get('a')).toBeUndefined();
    known.learned('a', 3, 10, 10);
    known.seen('a', 5, 20);
    known.learned('a', 4, 15, 20);
    expect(known.get('a')).toBe(5);
  });

  it('are not learned from a read older than what was forgotten', () => {
    const known = new KnownRevisions();
    known.seen('a', 7, 50);
    for (let i = 0; i < 100_000; i += 1) known.seen(`other-${i}`, 0, 51 + i);
    expect(known.get('a')).toBeUndefined();
    known.learned('a', 6, 40, 60);
    expect(known.get('a')).toBeUndefined();
    known.learned('a', 7, 50, 60);
    expect(known.get('a')).toBe(7);
  });
});
