/** A number and what it counts, as people write it: `1 event`, `2 events`. */
export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;
