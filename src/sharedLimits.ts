// The limits of one process of several: they tell the other processes what they count, and know after a restart where
// accounts were signed in before.

import { createPlaceMarks } from './auth/placeMarks.ts';
import { rootsOf } from './auth/secret.ts';
import type { Config } from './config.ts';
import { createLimits, type LimitEvents } from './limits/limits.ts';
import type { Ephemera } from './store/ports.ts';
import type { Stores } from './stores.ts';

/** `ephemera`, in and out: the one that comes out lets the limits hear what comes. */
export const shareLimits = async (
  config: Config,
  { ephemera: channel, places, secrets }: Pick<Stores, 'ephemera' | 'places' | 'secrets'>,
  tells: LimitEvents,
) => {
  const limits = createLimits(config, {
    ...tells,
    tell: (told) => channel.tell(told),
    earlier: { marks: await places.read().catch(() => []), marksOf: createPlaceMarks(rootsOf(secrets).tokens) },
    onNewPlace: (client, mark) => {
      if (mark !== undefined) places.add(mark);
      tells.onNewPlace?.(client, mark);
    },
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
