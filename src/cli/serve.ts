// verbatim serve: runs the server until it is asked to stop.

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { App } from '../app.ts';
import { Unfinished } from '../closing.ts';
import { passedOver } from '../config.ts';
import { createLogOutput, type LogOutput } from '../logOutput.ts';
import { isFailedSync } from '../store/cause.ts';
import { isServed } from '../verbChannel.ts';
import { exitNow, stopAsked, untilInDoubt } from './stopping.ts';
import type { Verb } from './verb.ts';
import { whenFree } from './whenFree.ts';

/** Exit code of a stop that missed its deadline. */
const UNFINISHED = 3;
/** Milliseconds that a start may take after a request to stop. */
const STARTING = 2000;

/** The error's message and that of its cause. */
const saying = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${saying(error.cause)}`;
};

const portOf = (url: string): number => Number(new URL(url).port);

/** Everything in memory comes from a log that is gone, so the program begins again, on the same ports. */
const startAnew = async (
  app: App,
  why: string,
  output: LogOutput,
  { createApp, readSettings }: typeof import('../app.ts'),
): Promise<App> => {
  const { log, logIdentity } = app.services;
  log.error({ reason: why }, 'the log is not the one that this server knows: the server starts anew on it');
  await app.close();
  const read = readSettings(process.env);
  const operatorPort = app.operatorUrl === undefined ? {} : { OPERATOR_PORT: portOf(app.operatorUrl) };
  const settings = { ...read, PORT: portOf(app.url), ...operatorPort };
  return createApp(settings, { log, output, replaced: logIdentity.logId });
};

/** A person reads a sentence; a program that reads the log has one more line of JSON, whatever the lowest level is. */
const announce = ({ url, operatorUrl, place, services: { log } }: App): void => {
  const metrics = operatorUrl === undefined ? '' : `, its metrics at ${operatorUrl}/metrics`;
  const says = `Verbatim listens on ${url}, its data is in ${place}, its documentation at ${url}/docs${metrics}`;
  if (process.stdout.isTTY) console.log(says);
  else log.child({}, { level: 'info' }).info(says);
  for (const variable of passedOver(process.env)) log.warn(variable);
};

/** Waits for a verb, or a server that starts or stops, which has the data directory. One that serves keeps it: nobody knows for how long. */
export const startWhenFree = (dataDir: string, log: Logger, start: () => Promise<App>): Promise<App> => {
  let isTold = false;
  return whenFree(start, async ({ message }) => {
    if (await isServed(dataDir).catch(() => true)) return false;
    if (!isTold) log.warn(`the start waits: ${message}`);
    isTold = true;
    return true;
  });
};

const runServer = async (): Promise<void> => {
  const asked = stopAsked(process.env);
  // One for the log, the seals and every start: two would write into each other's lines, and each writes the rest at the exit.
  const output = createLogOutput();
  // No other verb needs the server, and loading it takes longer than most of them.
  const loading = import('../app.ts');
  const starting = loading.then(({ createApp, createLog, readSettings }) => {
    const settings = readSettings(process.env);
    const log = createLog(settings, output);
    return startWhenFree(settings.DATA_DIR, log, () => createApp(settings, { log, output }));
  });
  const stopped = asked.then(() => delay(STARTING, undefined, { ref: false }));
  let app = await Promise.race([starting, stopped]);
  // It has acknowledged nothing yet: it may simply exit.
  if (app === undefined) process.exit(0);
  announce(app);
  const over = Promise.race([asked, untilInDoubt(app.services.log)]).then(() => undefined);
  let failed: Promise<never>;
  for (;;) {
    failed = app.failed.then((error) => Promise.reject(error));
    const why = await Promise.race([over, failed, app.replaced]);
    if (why === undefined) break;
    app = await startAnew(app, why, output, await loading);
  }
  try {
    await Promise.race([app.close(), failed]);
  } catch (error) {
    if (isFailedSync(error)) throw error;
    console.error(`verbatim serve: ${saying(error)}`);
    exitNow(error instanceof Unfinished ? UNFINISHED : 1);
  }
  // Everything is closed. A library may still hold a handle open.
  process.exit(0);
};

export const serve: Verb = (command) => command.description('start the server').action(runServer);
