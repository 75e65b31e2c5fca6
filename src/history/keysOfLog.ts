// Sees at the start that the store of keys is the one of the log. With another or an empty one nobody would be found by a name,
// names would be free again, and all that is recorded from then on would need other keys than all before.

import { type EventReader, isLastPage, type KeyStore } from '../store/ports.ts';
import { blocksNamed } from './copyKeys.ts';

const PAGE = 1000;

/** `place`: where the keys are, in words. @throws Error the store has none of the keys that the log names first; Unavailable */
export const mustBeKeysOf = async (
  log: Pick<EventReader, 'readLog'>,
  keys: Pick<KeyStore, 'get'>,
  place: string,
): Promise<void> => {
  for (let position = 0; ; ) {
    const page = await log.readLog(position, PAGE);
    const blocks = blocksNamed(page);
    if (blocks.length > 0 && (await keys.get(blocks)).every((block) => block === undefined))
      throw new Error(
        `the keys of this log are not in ${place}: without them nobody could read names and texts. Correct the setting, or put the ` +
          'keys back. If they are lost, make a backup, and restore it with --without-keys into another place',
      );
    // Logs of earlier versions begin with events that need no key.
    if (blocks.length > 0 || isLastPage(page, PAGE)) return;
    position = page.at(-1)!.position;
  }
};
