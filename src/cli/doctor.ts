// verbatim doctor: compares the views with the log, and mends them.

import { examineStores } from '../checking.ts';
import { readConfig } from '../config.ts';
import { counted } from '../counted.ts';
import { inWords } from '../projections/differences.ts';
import type { Report } from '../projections/doctor.ts';
import { usesDataDir } from '../stores.ts';
import { askServer, type OnProgress } from '../verbChannel.ts';
import { mustHaveLog } from './backupSource.ts';
import { askOrDo } from './besideServer.ts';
import { offline } from './offline.ts';
import { type ProgressBar, progressBar } from './progressBar.ts';
import type { Verb } from './verb.ts';
import { visible } from './visible.ts';

/** 0: nothing is wrong, or all of it was mended. 1 and 2: the verb failed, or was misused. */
const EXIT = { differs: 3, damaged: 4 } as const;

/** The server that has the data directory examines its own views; without one the verb does. */
const reportOf = async (repair: boolean, onProgress: OnProgress): Promise<Report> => {
  const config = readConfig(process.env);
  await mustHaveLog(config);
  const args = repair ? ['repair'] : [];
  const { signal } = new AbortController();
  return askOrDo<Report>(
    async () => (usesDataDir(config) ? askServer(config.DATA_DIR, 'doctor', args, onProgress) : undefined),
    () =>
      offline(
        async ({ progress, stores, settle }) => {
          await settle();
          return examineStores(stores, progress, { repair, onProgress, signal });
        },
        { looks: true },
      ),
  );
};

const exitCodeOf = ({ broken, differing, mended }: Report): number => {
  if (broken.length > 0) return EXIT.damaged;
  return differing > mended ? EXIT.differs : 0;
};

const linesOf = (report: Report): readonly string[] => {
  const { documents, events, differing, mended, differences, broken } = report;
  const named = new Set(differences.map(({ collection, id }) => `${collection} ${id}`)).size;
  return [
    ...broken.map((event) => `log, position ${event.position}, ${event.type} ${event.id}: ${event.what}`),
    ...differences.map(inWords),
    ...(differing > named ? [`and ${differing - named} more documents`] : []),
    `${counted(documents, 'document')} and ${counted(events, 'event')}: ${counted(differing, 'document differs', 'documents differ')}, ${counted(mended, 'was', 'were')} mended; ${counted(broken.length, 'event is', 'events are')} damaged`,
  ];
};

export const doctor: Verb = (command) =>
  command
    .description('compare the views with the log, and name every difference')
    .option('--repair', 'mend the views, also beside a running server', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      '\nExits with 0 if nothing is wrong or all was mended, with 3 if documents differ, with 4 if events of the log are damaged.',
    )
    .action(async ({ repair, json }: { repair: boolean; json: boolean }) => {
      let bar: ProgressBar | undefined;
      const report = await reportOf(repair, (at, head, events) => {
        bar ??= progressBar('doctor', head);
        bar.update(at, events);
      });
      bar?.finish(bar.total);
      console.log(json ? JSON.stringify(report) : linesOf(report).map(visible).join('\n'));
      process.exitCode = exitCodeOf(report);
    });
