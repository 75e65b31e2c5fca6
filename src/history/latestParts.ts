// The private parts that this process encrypted or opened lately, by the ids of their events: a message is read, pushed and
// projected at once, and none of them need decrypt it.

import type { History } from '../store/ports.ts';

/** Characters in memory, and those that one part costs beside its own. */
const [CHARS, KEEPING] = [4_000_000, 200];

export const createLatestParts = () => {
  /** Two generations: when the young one is full, the old one goes. It costs a part less than a list in the order of use. */
  let [young, old, chars] = [new Map<string, string>(), new Map<string, string>(), 0];
  /** How often everything was forgotten. */
  let forgotten = 0;

  const keep = (id: string, part: string): void => {
    young.set(id, part);
    chars += part.length + KEEPING;
    if (chars > CHARS / 2) [young, old, chars] = [new Map(), young, 0];
  };

  return {
    keep,
    /** Keys were destroyed: whatever is asked from here on is opened again, if its keys are still there. */
    forget: (): void => {
      [young, old, chars] = [new Map(), new Map(), 0];
      forgotten++;
    },
    /** Opens with `open` what it does not know. */
    openWith:
      (open: History['open']): History['open'] =>
      async (secrets) => {
        const known = secrets.map(({ id }) => young.get(id) ?? old.get(id));
        const unknown = secrets.filter((_, i) => known[i] === undefined);
        if (unknown.length === 0) return known as string[];
        const before = forgotten;
        const opened = await open(unknown);
        let next = 0;
        return secrets.map(({ id }, i) => {
          if (known[i] !== undefined) return known[i];
          const part = opened[next++]!;
          // Meanwhile its key may have been destroyed.
          if (part && forgotten === before) keep(id, part);
          return part;
        });
      },
  };
};
