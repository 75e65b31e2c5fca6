// verbatim rebuild: the views, from the first event, while the old ones serve.

import { type Config, readConfig } from '../config.ts';
import { askServer, type OnProgress, rebuildShowing } from '../rebuilding.ts';
import { openEventReader, openViews, viewsDirectory } from '../stores.ts';
import { type ProgressBar, progressBar } from './progressBar.ts';
import type { Verb } from './verb.ts';

/** Embedded views belong to one process: where a server has them, the server builds. Out: the position they have come to. */
export const rebuildViewsOf = async (config: Config, onProgress: OnProgress): Promise<number> => {
  if (config.MONGODB_URL === undefined) {
    const position = await askServer(viewsDirectory(config.DATA_DIR), onProgress);
    if (position !== undefined) return position;
  }
  const events = await openEventReader(config);
  try {
    const views = await openViews(config);
    try {
      return await rebuildShowing({ events, views }, onProgress);
    } finally {
      await views.close();
    }
  } finally {
    await events.close();
  }
};

export const rebuildViews: Verb = {
  usage: 'rebuild',
  says: 'build new views from the log, while the old ones serve',
  run: async () => {
    let bar: ProgressBar | undefined;
    const position = await rebuildViewsOf(readConfig(process.env), (at, head) => {
      bar ??= progressBar('rebuild', head);
      bar.update(at);
    });
    bar?.finish(position);
  },
};
