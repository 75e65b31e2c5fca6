/** Counts the pieces of a work in each turn of the event loop, until `end`, which returns how many there were in one at most. */
export const countInTurns = () => {
  let [now, most] = [0, 0];
  let next: NodeJS.Immediate | undefined;
  const turn = (): void => {
    now = 0;
    next = setImmediate(turn);
  };
  turn();
  return {
    piece: (): void => {
      most = Math.max(most, ++now);
    },
    end: (): number => {
      clearImmediate(next);
      return most;
    },
  };
};
