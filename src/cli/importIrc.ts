// verbatim import irc: logs of an IRC channel become users, memberships and messages at their original times.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { type Import, importConversation } from '../commands/importConversation.ts';
import { readIrcLog } from './ircLog.ts';
import { offline } from './offline.ts';
import { progressBar } from './progressBar.ts';
import { UsageError, type Verb } from './verb.ts';

const usage = 'usage: verbatim import irc <files…> --room <name>';
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

export const importIrc: Verb = {
  usage: 'import irc <files…> --room <name>',
  says: 'import the logs of an IRC channel, one file a day (2004-12-25.txt), into a public group',
  run: async (args) => {
    const options = { room: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [format, ...files] = positionals;
    const room = values.room?.trim() ?? '';
    if (format !== 'irc' || files.length === 0 || room === '') throw new UsageError(usage);
    const logs = await readLogs(files);
    const total = logs.reduce((sum, { lines }) => sum + lines.length, 0);
    await offline(async ({ core, queries, settle }) => {
      await settle();
      const bar = progressBar('import', total);
      const wish = { source: 'irc', name: room, logs };
      const { messages, users, members, lines } = await importConversation(core, queries, wish, bar.update);
      await settle();
      bar.finish(lines);
      console.log(`${messages} messages, ${users} users and ${members} memberships were added to ${room}`);
    });
  },
};
