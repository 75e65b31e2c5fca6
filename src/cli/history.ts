// verbatim history: prints the events of one stream as JSON lines.

import { once } from 'node:events';
import { resolve } from 'node:path';
import { readConfig } from '../config.ts';
import { decode } from '../domain/codec.ts';
import { withoutSecrets } from '../domain/withoutSecrets.ts';
import { isLastPage } from '../store/ports.ts';
import { eventsFile, openEventReader } from '../stores.ts';
import { UsageError, type Verb } from './verb.ts';

const PAGE = 1000;

export const history: Verb = {
  usage: 'history <stream>',
  says: 'print the events of a stream, such as conversation-<id>, as JSON lines',
  run: async ([stream]) => {
    if (stream === undefined) throw new UsageError('usage: verbatim history <stream>');
    const config = readConfig(process.env);
    const events = await openEventReader(config);
    try {
      let next = 0;
      for (;;) {
        const page = await events.readStream(stream, { from: next, limit: PAGE });
        for (const recorded of page)
          if (!process.stdout.write(`${JSON.stringify(withoutSecrets(decode(recorded)))}\n`))
            await once(process.stdout, 'drain');
        if (isLastPage(page, PAGE)) break;
        next = page.at(-1)!.revision + 1;
      }
      if (next === 0 && (await events.readStream(stream, { limit: 1 })).length === 0)
        throw new UsageError(
          `there is no stream '${stream}' in ${config.EVENTSTORE_URL ?? resolve(eventsFile(config.DATA_DIR))}`,
        );
    } finally {
      await events.close();
    }
  },
};
