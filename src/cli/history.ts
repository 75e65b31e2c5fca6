// verbatim history: prints the events of one stream as JSON lines.

import { once } from 'node:events';
import { resolve } from 'node:path';
import { closeAfter } from '../closing.ts';
import { readConfig } from '../config.ts';
import { decode } from '../domain/codec.ts';
import { withoutSecrets } from '../domain/withoutSecrets.ts';
import { openEventReader } from '../openAlone.ts';
import { type EventReader, isLastPage } from '../store/ports.ts';
import { eventsFile } from '../stores.ts';
import { mustHaveLog } from './backupSource.ts';
import { UsageError, type Verb } from './verb.ts';

const PAGE = 1000;

/** @returns whether the stream exists */
const print = async (events: EventReader, stream: string): Promise<boolean> => {
  for (let next = 0; ; ) {
    const page = await events.readStream(stream, { from: next, limit: PAGE });
    for (const recorded of page)
      if (!process.stdout.write(`${JSON.stringify(withoutSecrets(decode(recorded)))}\n`))
        await once(process.stdout, 'drain');
    if (isLastPage(page, PAGE)) return next > 0 || page.length > 0;
    next = page.at(-1)!.revision + 1;
  }
};

/** `verbatim history … | head` ends when `head` has seen enough. */
const endWithReader = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
};

export const history: Verb = (command) =>
  command
    .description('print the events of a stream as JSON lines')
    .argument('<stream>', 'such as conversation-<id>')
    .action(async (stream: string) => {
      process.stdout.on('error', endWithReader);
      const config = readConfig(process.env);
      await mustHaveLog(config);
      const exists = await closeAfter(await openEventReader(config), (events) => print(events, stream));
      if (exists) return;
      const place = config.EVENTSTORE_URL ?? resolve(eventsFile(config.DATA_DIR));
      throw new UsageError(`there is no stream '${stream}' in ${place}`);
    });
