// verbatim import irc: logs of an IRC channel become users, memberships and messages at their original times.

import type { Command } from 'commander';
import { ownerOf } from '../commands/claims.ts';
import type { Core } from '../commands/core.ts';
import { importConversation } from '../commands/importConversation.ts';
import type { LineOfLog } from '../commands/importedMessages.ts';
import { counted } from '../counted.ts';
import { fits, LIMITS } from '../domain/limits.ts';
import { isBlank, isOneLine } from '../domain/texts.ts';
import { isActive, users } from '../domain/user.ts';
import type { Queries } from '../projections/queries.ts';
import { type Logs, readLogs } from './irc/readFiles.ts';
import { createUnrecorded } from './irc/unrecorded.ts';
import { offline } from './offline.ts';
import { progressBar } from './progressBar.ts';
import { mustHave, UsageError, type Verb } from './verb.ts';

/** Milliseconds. */
const DAY = 24 * 60 * 60 * 1000;

interface Options {
  readonly room: string;
  readonly owner?: string;
  readonly timezone: string;
  readonly encoding?: string;
  readonly new?: true;
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

/** @throws UsageError a log yields nothing */
const mustYield = ({ barren }: Logs): void => {
  if (barren.length === 0) return;
  throw new UsageError(
    `nothing could be read of ${barren.join(', ')}. A day is taken from the name, such as 2004-12-25.txt, or from the lines themselves`,
  );
};

/** The account that `--owner` names, or an admin; null: there is neither. */
const ownerIn = async (core: Core, queries: Queries, name: string | undefined): Promise<string | null> => {
  if (name === undefined) return (await queries.anAdmin())?.id ?? null;
  const userId = (await ownerOf(core, 'email', name)) ?? (await ownerOf(core, 'username', name));
  if (userId === undefined) throw new UsageError(`there is no account '${name}' to own the group: register it first`);
  // Deleted accounts have no names.
  if (!isActive(await core.ledger.load(users, userId)))
    throw new UsageError(`the account '${name}' is suspended: reinstate it first, or name another owner`);
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
  const { timezone, encoding } = given;
  if (!isTimeZone(timezone))
    throw new UsageError(`there is no time zone '${timezone}'. Name one such as Europe/Berlin`);
  const unrecorded = createUnrecorded();
  // Clocks and zones may be a little wrong.
  const tomorrow = new Date(Date.now() + DAY).toISOString();
  const logs = await readLogs(files, { timezone, encoding, now: tomorrow }, unrecorded);
  if (logs.size === 0) {
    unrecorded.report();
    mustYield(logs);
    return console.log(`0 messages were added to ${room}: there are only empty files`);
  }
  process.on('SIGINT', sayHowToGoOn);
  await offline(
    async ({ core, queries, settle }) => {
      await settle();
      const ownerId = await ownerIn(core, queries, given.owner);
      const bar = progressBar('import', logs.size);
      const wish = { source: 'irc', name: room, ownerId, lines: logs.inOrder() };
      const onPresent = ({ log, said }: LineOfLog): void => {
        const text = said.kind === 'said' ? `<${said.nick}> ${said.text}` : '';
        unrecorded.add({ source: log, line: said.line, reason: 'present', text });
      };
      const done = await importConversation(core, queries, settle, wish, { onProgress: bar.update, onPresent });
      await settle();
      bar.finish(done.lines);
      const { messages, users, members } = done;
      console.log(
        `${counted(messages, 'message')}, ${counted(users, 'user')} and ${counted(members, 'membership')} were added to ${room}`,
      );
      unrecorded.report();
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
