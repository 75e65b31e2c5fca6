// verbatim import irc: logs of an IRC channel become users, memberships and messages at their original times.

import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { ownerOf } from '../commands/claims.ts';
import type { Core } from '../commands/core.ts';
import { importConversation } from '../commands/importConversation.ts';
import type { ImportedLog, LineOfLog } from '../commands/importedMessages.ts';
import { counted } from '../counted.ts';
import { fits, LIMITS } from '../domain/limits.ts';
import { beginning, isBlank, isOneLine } from '../domain/texts.ts';
import { inWords } from '../inWords.ts';
import type { Queries } from '../projections/queries.ts';
import { reasons } from './irc/bodies.ts';
import { readIrcLog, type Skipped } from './irc/readLog.ts';
import { textOf } from './irc/textOf.ts';
import { offline } from './offline.ts';
import { progressBar } from './progressBar.ts';
import { mustHave, UsageError, type Verb } from './verb.ts';

/** Lines that are shown of each reason. */
const SHOWN = 3;
/** Milliseconds. */
const DAY = 24 * 60 * 60 * 1000;

interface Options {
  readonly room: string;
  readonly owner?: string;
  readonly timezone: string;
  readonly encoding?: string;
  readonly new?: true;
}

interface Log extends ImportedLog {
  readonly skipped: readonly Skipped[];
  readonly isEmpty: boolean;
}

/** A zone may have several names, of which `Intl.supportedValuesOf` lists the oldest: `Asia/Calcutta`, and not `Asia/Kolkata`. */
const isTimeZone = (name: string): boolean => {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

const readLogs = async (files: readonly string[], { timezone, encoding }: Options): Promise<readonly Log[]> => {
  if (!isTimeZone(timezone))
    throw new UsageError(`there is no time zone '${timezone}'. Name one such as Europe/Berlin`);
  const logs: Log[] = [];
  // Clocks and zones may be a little wrong.
  const tomorrow = new Date(Date.now() + DAY).toISOString();
  for (const file of files) {
    const bytes = await readFile(file).catch((error: unknown) => {
      throw new UsageError(`${file} cannot be read: ${inWords(error)}`);
    });
    try {
      const read = readIrcLog(textOf(bytes, encoding), resolve(file), timezone, tomorrow);
      logs.push({ source: basename(file), isEmpty: bytes.length === 0, ...read });
    } catch (error) {
      throw error instanceof UsageError ? new UsageError(`${file}: ${error.message}`) : error;
    }
  }
  return logs;
};

interface Unrecorded extends Skipped {
  readonly source: string;
}

const unrecordedOf = (logs: readonly Log[], present: readonly LineOfLog[]): readonly Unrecorded[] => [
  ...logs.flatMap(({ source, skipped }) => skipped.map((line) => ({ ...line, source }))),
  ...present.map(({ log, said }) => {
    const text = said.kind === 'said' ? `<${said.nick}> ${said.text}` : '';
    return { source: log, line: said.line, reason: 'present' as const, text };
  }),
];

/** Says what was not recorded: each reason with its number of lines and the first of them. */
const report = (unrecorded: readonly Unrecorded[]): void => {
  for (const [reason, lines] of Map.groupBy(unrecorded, ({ reason }) => reason)) {
    console.log(`Not recorded: ${counted(lines.length, 'line')} (${reasons[reason]})`);
    for (const { source, line, text } of lines.slice(0, SHOWN))
      console.log(`  ${source}:${line}: ${beginning(text, 200)}`);
  }
};

/** @throws UsageError a log yields nothing */
const mustYield = (logs: readonly Log[]): void => {
  const barren = logs.filter(({ lines, isEmpty }) => lines.length === 0 && !isEmpty);
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

const importLogs = async (files: readonly string[], given: Options, verb: Command): Promise<void> => {
  mustHave(verb, 'room');
  const room = given.room.trim();
  if (isBlank(room) || !isOneLine(room) || !fits(room, LIMITS.name))
    throw new UsageError(`--room needs a name of one line and at most ${LIMITS.name} characters`);
  const logs = await readLogs(files, given);
  const total = logs.reduce((sum, { lines }) => sum + lines.length, 0);
  if (total === 0) {
    report(unrecordedOf(logs, []));
    mustYield(logs);
    return console.log(`0 messages were added to ${room}: there are only empty files`);
  }
  process.on('SIGINT', sayHowToGoOn);
  await offline(
    async ({ core, queries, settle }) => {
      await settle();
      const ownerId = await ownerIn(core, queries, given.owner);
      const bar = progressBar('import', total);
      const wish = { source: 'irc', name: room, ownerId, logs };
      const done = await importConversation(core, queries, settle, wish, bar.update);
      await settle();
      bar.finish(done.lines);
      const { messages, users, members } = done;
      console.log(
        `${counted(messages, 'message')}, ${counted(users, 'user')} and ${counted(members, 'membership')} were added to ${room}`,
      );
      report(unrecordedOf(logs, done.present));
    },
    { mayBegin: given.new === true },
  );
  process.off('SIGINT', sayHowToGoOn);
  mustYield(logs);
};

export const importIrc: Verb = (command) =>
  command
    .description('import the logs of an IRC channel into a public group')
    .argument('<files...>', 'of any client; the day is in the name (2004-12-25.txt) or in the lines')
    .option('--room <name>', 'the name of the group')
    .option('--owner <account>', 'the e-mail address or username of who manages the group (default: an admin)')
    .option('--timezone <name>', 'of the times in the logs, such as Europe/Berlin', 'UTC')
    .option('--encoding <name>', 'of the logs (default: UTF-8, and Windows-1252 for lines that are none)')
    .option('--new', 'begin a new log of events, if there is none yet')
    .action(importLogs);
