// verbatim rebuild: the views, anew from the first event, while the old ones go on serving.

import { readConfig } from '../config.ts';
import { rebuild } from '../projections/projector.ts';
import { openEventReader, openViews } from '../stores.ts';
import { progressBar } from './progressBar.ts';
import type { Verb } from './verb.ts';

export const rebuildViews: Verb = {
  usage: 'rebuild',
  says: 'build new views from the log, while the old ones serve',
  run: async () => {
    const config = readConfig(process.env);
    const events = await openEventReader(config);
    const views = await openViews(config);
    try {
      const bar = progressBar('rebuild', await events.head());
      bar.finish(await rebuild(events, views, bar.update));
    } finally {
      await views.close();
      await events.close();
    }
  },
};
