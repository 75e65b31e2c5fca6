// A queue in which senders take turns: a sender with many items waits for its own, and not others for it.

export const createFairQueue = <Item>() => {
  // A map keeps its order: the sender that goes next comes first.
  const waiting = new Map<string, Set<Item>>();

  const remove = (sender: string, item: Item): void => {
    const items = waiting.get(sender);
    if (items?.delete(item) && items.size === 0) waiting.delete(sender);
  };

  return {
    add: (sender: string, item: Item): void => {
      const items = waiting.get(sender) ?? new Set();
      waiting.set(sender, items.add(item));
    },
    remove,
    /** The oldest item of the sender whose turn it is. */
    take: (): Item | undefined => {
      for (const [sender, items] of waiting) {
        const [first] = items;
        waiting.delete(sender);
        items.delete(first!);
        if (items.size > 0) waiting.set(sender, items);
        return first;
      }
      return undefined;
    },
    takeAll: (): readonly Item[] => {
      const all = [...waiting.values()].flatMap((items) => [...items]);
      waiting.clear();
      return all;
    },
  };
};
