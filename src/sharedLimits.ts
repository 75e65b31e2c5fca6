// The limits of one process of several: they log what they refuse, and tell the other processes what they count.

import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { createLimits } from './limits/limits.ts';
import { createSampler } from './limits/sampler.ts';
import type { Ephemera } from './store/ports.ts';

/** `ephemera`: takes the place of the given one, and lets the limits hear what comes. */
export const shareLimits = (config: Config, channel: Ephemera, log: Logger) => {
  const sample = createSampler();
  const limits = createLimits(config, {
    onReached: ({ name }, { address, actorId }) => {
      // By the limit alone: an attacker may have many addresses.
      const times = sample(name);
      if (times !== undefined) log.warn({ limit: name, address, userId: actorId, times }, 'a limit is reached');
    },
    tell: (told) => channel.tell(told),
  });
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
