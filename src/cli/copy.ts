// verbatim copy: copies the whole history from one pair of stores to another.

import type { Command } from 'commander';
import { closeAfter } from '../closing.ts';
import { copyHistory } from '../commands/copyHistory.ts';
import { mustBeWhole } from '../commands/wholeLog.ts';
import { counted } from '../counted.ts';
import { rebuild } from '../projections/rebuild.ts';
import { openStores, type Stores } from '../stores.ts';
import { filesPlaceOf, mustHaveLog } from './backupSource.ts';
import { mustHaveLostNone } from './lostFiles.ts';
import { placeNamed, STORES } from './namedStores.ts';
import { progressBar } from './progressBar.ts';
import { mustHave, type Verb } from './verb.ts';

/** `place`: of the files of `from`, in words for the operator. */
const copyAll = async (from: Stores, to: Stores, place: string): Promise<void> => {
  await mustBeWhole(from.events);
  const total = await from.events.head();
  const bar = progressBar('copy', total);
  const newId = () => crypto.randomUUID();
  const { events, files, lost, present } = await copyHistory(
    { ...from, events: from.events.recorded },
    to,
    newId,
    ({ position }, copied) => bar.update(position, copied),
  );
  bar.finish(total);
  const views = progressBar('rebuild', await to.events.head());
  views.finish(await rebuild(to.events, to.views, views.update));
  console.log(
    `Copied ${counted(events, 'event')} and ${counted(files, 'file')}; the target already had ${counted(present, 'event')}`,
  );
  mustHaveLostNone('the copy', lost, place);
};

export const copy: Verb = (command) =>
  command
    .description('copy the whole history to empty stores')
    .option('--from <stores>', STORES)
    .option('--to <stores>', 'the same, of the copy')
    .action(async ({ from, to }: { from: string; to: string }, verb: Command) => {
      mustHave(verb, 'from', 'to');
      const [source, target] = [placeNamed(from), placeNamed(to)];
      await mustHaveLog(source);
      await closeAfter(await openStores(source), async (opened) =>
        closeAfter(await openStores(target), (empty) => copyAll(opened, empty, filesPlaceOf(source))),
      );
    });
