// verbatim serve: the server, until it is told to stop.

import { createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import type { Verb } from './verb.ts';

export const serve: Verb = {
  usage: 'serve',
  says: 'start the server',
  run: async () => {
    const app = await createApp(readConfig(process.env));
    console.log(`Verbatim listens on ${app.url}, its data lies in ${app.place}, its documentation at ${app.url}/docs`);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    });
    await app.close();
  },
};
