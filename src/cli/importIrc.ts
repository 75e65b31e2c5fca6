// verbatim import irc: logs of an IRC channel become users, memberships and messages at their original times.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Argument, type Command } from 'commander';
import { ownerOf } from '../commands/claims.ts';
import type { Core } from '../commands/core.ts';
import { type Import, importConversation } from '../commands/importConversation.ts';
import type { Queries } from '../projections/queries.ts';
import { reasons } from './irc/bodies.ts';
import { readIrcLog, type Skipped } from './irc/readLog.ts';
import { textOf } from './irc/textOf.ts';
import { offline } from './offline.ts';
import { progressBar } from './progressBar.ts';
import { mustHave, UsageError, type Verb } from './verb.ts';

/** Lines that are shown of each reason. */
const SHOWN = 3;

interface Options {
  readonly room: string;
  readonly owner?: string;
  readonly timezone: string;
  readonly encoding?: string;
  readonly new?: true;
}

type Log = Import['logs'][number] & { readonly skipped: readonly Skipped[] };

const readLogs = async (files: readonly string[], { timezone, encoding }: Options): Promise<readonly Log[]> => {
  if (!Intl.supportedValuesOf('timeZone').includes(timezone) && timezone !== 'UTC')
    throw new UsageError(`there is no time zone '${timezone}'. Name one such as Europe/Berlin`);
  const logs: Log[] = [];
  for (const file of files) {
    const source = basename(file);
    const bytes = await readFile(file);
    try {
      logs.push({ source, ...readIrcLog(textOf(bytes, encoding), source, timezone) });
    } catch (error) {
      throw error instanceof UsageError ? new UsageError(`${file}: ${error.message}`) : error;
    }
  }
  const beginning = ({ lines }: Log): string => lines[0]?.at ?? '';
  return logs.toSorted((a, b) => (beginning(a) < beginning(b) ? -1 : 1));
};

/** Says what was not recorded: each reason with its number of lines and the first of them. */
const report = (logs: readonly Log[]): void => {
  const skipped = logs.flatMap(({ source, skipped }) => skipped.map((line) => ({ ...line, source })));
  for (const [reason, lines] of Map.groupBy(skipped, ({ reason }) => reason)) {
    console.log(`Not recorded: ${lines.length} ${reasons[reason]}`);
    for (const { source, line, text } of lines.slice(0, SHOWN))
      console.log(`  ${source}:${line}: ${text.slice(0, 200)}`);
  }
};

/** @throws UsageError a log yields nothing */
const mustYield = (logs: readonly Log[]): void => {
  const barren = logs.filter(({ lines, skipped }) => lines.length === 0 && skipped.length > 0);
  if (barren.length === 0) return;
  const names = barren.map(({ source }) => source).join(', ');
  throw new UsageError(
    `nothing could be read of ${names}. A day is taken from the name, such as 2004-12-25.txt, or from the lines themselves`,
  );
};

/** The account that `--owner` names, or an admin; null: there is neither. */
const ownerIn = async (core: Core, queries: Queries, name: string | undefined): Promise<string | null> => {
  if (name === undefined) return (await queries.anAdmin())?.id ?? null;
  const userId = (await ownerOf(core, 'email', name)) ?? (await ownerOf(core, 'username', name));
  if (userId === undefined) throw new UsageError(`there is no account '${name}' to own the group: register it first`);
  return userId;
};

const sayHowToGoOn = (): never => {
  console.error('\nInterrupted. The same command goes on from here.');
  process.exit(130);
};

const importLogs = async (_format: string, files: readonly string[], given: Options, verb: Command): Promise<void> => {
  mustHave(verb, 'room');
  const room = given.room.trim();
  if (room === '') throw new UsageError('--room needs a name');
  const logs = await readLogs(files, given);
  const total = logs.reduce((sum, { lines }) => sum + lines.length, 0);
  process.on('SIGINT', sayHowToGoOn);
  await offline(
    async ({ core, queries, settle }) => {
      await settle();
      const ownerId = await ownerIn(core, queries, given.owner);
      const bar = progressBar('import', total);
      const wish = { source: 'irc', name: room, ownerId, logs };
      const { messages, users, members, lines } = await importConversation(core, queries, wish, bar.update);
      await settle();
      bar.finish(lines);
      console.log(`${messages} messages, ${users} users and ${members} memberships were added to ${room}`);
    },
    { mayBegin: given.new === true },
  );
  process.off('SIGINT', sayHowToGoOn);
  report(logs);
  mustYield(logs);
};

export const importIrc: Verb = (command) =>
  command
    .description('import the logs of an IRC channel into a public group')
    .addArgument(new Argument('<format>', 'of the logs').choices(['irc']))
    .argument('<files...>', 'of any client; the day is in the name (2004-12-25.txt) or in the lines')
    .option('--room <name>', 'the name of the group')
    .option('--owner <account>', 'the e-mail address or username of who manages the group (default: an admin)')
    .option('--timezone <name>', 'of the times in the logs, such as Europe/Berlin', 'UTC')
    .option('--encoding <name>', 'of the logs (default: UTF-8, and Windows-1252 for lines that are none)')
    .option('--new', 'begin a new log of events, if there is none yet')
    .action(importLogs);
