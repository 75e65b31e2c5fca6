// verbatim serve: runs the server until it is asked to stop.

import { setTimeout as delay } from 'node:timers/promises';
import { Unfinished } from '../closing.ts';
import { isFailedSync } from '../store/cause.ts';
import { exitNow, stopAsked, untilInDoubt } from './stopping.ts';
import type { Verb } from './verb.ts';

/** Exit code of a stop that missed its deadline. */
const UNFINISHED = 3;
/** Milliseconds that a start may take after a request to stop. */
const STARTING = 2000;

/** The error's message and that of its cause. */
const saying = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${saying(error.cause)}`;
};

export const serve: Verb = {
  usage: 'serve',
  says: 'start the server',
  run: async () => {
    const asked = stopAsked(process.env);
    // No other verb needs the server, and loading it takes longer than most of them.
    const starting = import('../app.ts').then(({ createApp, readSettings }) => createApp(readSettings(process.env)));
    const stopped = asked.then(() => delay(STARTING, undefined, { ref: false }));
    const app = await Promise.race([starting, stopped]);
    // It has acknowledged nothing yet: it may simply exit.
    if (app === undefined) process.exit(0);
    console.log(`Verbatim listens on ${app.url}, its data is in ${app.place}, its documentation at ${app.url}/docs`);
    const failed = app.failed.then((error) => Promise.reject(error));
    await Promise.race([asked, untilInDoubt(app.services.log), failed]);
    try {
      await Promise.race([app.close(), failed]);
    } catch (error) {
      if (isFailedSync(error)) throw error;
      console.error(`verbatim serve: ${saying(error)}`);
      exitNow(error instanceof Unfinished ? UNFINISHED : 1);
    }
    // Everything is closed. A library may still hold a handle open.
    process.exit(0);
  },
};
