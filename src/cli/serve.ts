// verbatim serve: the server, until it is told to stop.

import { createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { untilInDoubt } from './lastResort.ts';
import type { Verb } from './verb.ts';

export const serve: Verb = {
  usage: 'serve',
  says: 'start the server',
  run: async () => {
    const app = await createApp(readConfig(process.env));
    console.log(`Verbatim listens on ${app.url}, its data lies in ${app.place}, its documentation at ${app.url}/docs`);
    const asked = new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    });
    const failed = app.failed.then((error) => Promise.reject(error));
    await Promise.race([asked, untilInDoubt(app.services.log), failed]);
    await Promise.race([app.close(), failed]);
  },
};
