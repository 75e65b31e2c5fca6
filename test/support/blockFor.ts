/** Keeps the thread busy, as a long computation or a stopped process does: no timer runs, and no byte is read. */
export const blockFor = (milliseconds: number): void => {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
};
