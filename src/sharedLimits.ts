// The limits of one process of several: they tell the other processes what they count.

import type { Config } from './config.ts';
import { createLimits, type LimitEvents } from './limits/limits.ts';
import type { Ephemera } from './store/ports.ts';

/** `ephemera`: takes the place of the given one, and lets the limits hear what comes. */
export const shareLimits = (config: Config, channel: Ephemera, tells: LimitEvents) => {
  const limits = createLimits(config, { ...tells, tell: (told) => channel.tell(told) });
  const ephemera: Ephemera = {
    tell: (text) => channel.tell(text),
    listen: (listener, onError) => {
      const hear = (told: string): void => {
        limits.hear(told);
        listener(told);
      };
      channel.listen(hear, onError);
    },
  };
  return { limits, ephemera };
};
