// verbatim rebuild: the views, from the first event, while the old ones serve.

import { readConfig } from '../config.ts';
import { rebuildViews as rebuild } from '../rebuilding.ts';
import { type ProgressBar, progressBar } from './progressBar.ts';
import type { Verb } from './verb.ts';

export const rebuildViews: Verb = {
  usage: 'rebuild',
  says: 'build the views again, beside those that serve',
  run: async () => {
    let bar: ProgressBar | undefined;
    const position = await rebuild(readConfig(process.env), (at, head) => {
      bar ??= progressBar('rebuild', head);
      bar.update(at);
    });
    bar?.finish(position);
  },
};
