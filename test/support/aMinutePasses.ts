import { onTestFinished, vi } from 'vitest';

/** Until the end of the test it is a minute later, for all in this process that measures how long something takes. */
export const aMinutePasses = (): void => {
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
  onTestFinished(() => clock.mockRestore());
};
