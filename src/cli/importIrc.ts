// verbatim import irc: logs of an IRC channel become users, memberships and messages at their original times.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Argument } from 'commander';
import { type Import, importConversation } from '../commands/importConversation.ts';
import { readIrcLog } from './ircLog.ts';
import { offline } from './offline.ts';
import { progressBar } from './progressBar.ts';
import { UsageError, type Verb } from './verb.ts';

const DAY = /(\d{4}-\d\d-\d\d)/;

const readLogs = async (files: readonly string[]): Promise<Import['logs']> => {
  const logs: Import['logs'][number][] = [];
  for (const file of files) {
    const source = basename(file);
    const day = DAY.exec(source)?.[1];
    if (day === undefined)
      throw new UsageError(`the name of ${file} has no date: name each log by its day, such as 2004-12-25.txt`);
    logs.push({ source, lines: readIrcLog(await readFile(file, 'utf8'), day) });
  }
  return logs.sort((a, b) => (a.source < b.source ? -1 : 1));
};

export const importIrc: Verb = (command) =>
  command
    .description('import the logs of an IRC channel into a public group')
    .addArgument(new Argument('<format>', 'of the logs').choices(['irc']))
    .argument('<files...>', 'one a day, named by the day, such as 2004-12-25.txt')
    .requiredOption('--room <name>', 'the name of the group')
    .option('--new', 'begin a new log, if there is none yet')
    .action(async (_format: string, files: readonly string[], given: { room: string; new?: true }) => {
      const room = given.room.trim();
      if (room === '') throw new UsageError('--room needs a name');
      const logs = await readLogs(files);
      const total = logs.reduce((sum, { lines }) => sum + lines.length, 0);
      await offline(
        async ({ core, queries, settle }) => {
          await settle();
          const bar = progressBar('import', total);
          const wish = { source: 'irc', name: room, logs };
          const { messages, users, members, lines } = await importConversation(core, queries, wish, bar.update);
          await settle();
          bar.finish(lines);
          console.log(`${messages} messages, ${users} users and ${members} memberships were added to ${room}`);
        },
        { mayBegin: given.new === true },
      );
    });
