// verbatim rebuild: builds the views from the first event, while the old ones serve.

import { closeAfter } from '../closing.ts';
import { type Config, readConfig } from '../config.ts';
import { counted } from '../counted.ts';
import { openEventReader, openViews } from '../openAlone.ts';
import type { Compared } from '../projections/rebuild.ts';
import { rebuildShowing } from '../rebuilding.ts';
import { askServer, type OnProgress } from '../verbChannel.ts';
import { mustHaveLog } from './backupSource.ts';
import { askOrDo } from './besideServer.ts';
import { type ProgressBar, progressBar } from './progressBar.ts';
import type { Verb } from './verb.ts';

const tellCompared = ({ differing }: Compared): void => {
  if (differing > 0) console.error(`${counted(differing, 'document')} of the old views differed from the log`);
};

/**
 * Embedded views belong to one process, so a server that runs builds them itself.
 * @returns the position that the new views have reached
 */
export const rebuildViewsOf = (config: Config, onProgress: OnProgress): Promise<number> =>
  askOrDo(
    async () => (config.MONGODB_URL === undefined ? askServer(config.DATA_DIR, 'rebuild', [], onProgress) : undefined),
    async () =>
      closeAfter(await openEventReader(config), async (events) =>
        closeAfter(await openViews(config), (views) => rebuildShowing({ events, views }, onProgress, tellCompared)),
      ),
  );

export const rebuildViews: Verb = (command) =>
  command.description('build new views from the log, while the old ones serve').action(async () => {
    let bar: ProgressBar | undefined;
    const config = readConfig(process.env);
    await mustHaveLog(config);
    const position = await rebuildViewsOf(config, (at, head, events) => {
      bar ??= progressBar('rebuild', head);
      bar.update(at, events);
    });
    bar?.finish(position);
  });
