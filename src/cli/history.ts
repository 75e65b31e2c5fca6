// verbatim history: prints the log, or what somebody asks of it, as lines for people or as JSON lines. It reads beside a
// running server, and records nothing.

import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { askLog, type Follow, type ReadPage } from '../audit/askLog.ts';
import { createNamesThen } from '../audit/namesThen.ts';
import { type PresentedEvent, presentEvents } from '../audit/presentEvents.ts';
import type { Question } from '../audit/question.ts';
import { relatedTo } from '../audit/related.ts';
import { closeAfter } from '../closing.ts';
import { type Config, readConfig } from '../config.ts';
import { knownOf, mustBeKnown } from '../domain/codec.ts';
import { schemas } from '../domain/events.ts';
import { categories } from '../domain/streams.ts';
import { openEventReader } from '../openAlone.ts';
import type { OpenReader } from '../store/ports.ts';
import { eventsFile, withoutCredentials } from '../stores.ts';
import { mustHaveLog } from './backupSource.ts';
import { lineOf } from './historyLines.ts';
import { UsageError, type Verb } from './verb.ts';

/** Milliseconds between two looks at the end of the log. */
const LOOK = 250;

type Print = (lines: readonly string[]) => Promise<void>;

const print: Print = async (lines) => {
  for (const line of lines) if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
};

/** `verbatim history … | head` ends when `head` has seen enough. */
const endWithReader = (error: NodeJS.ErrnoException): void => process.exit(error.code === 'EPIPE' ? 0 : 1);

const readAtOnce: ReadPage = (read) => read();

/** Another process writes the log, so somebody must look. */
const followOf = ({ recorded }: OpenReader): Follow =>
  async function* (position) {
    for (let at = position; ; ) {
      const page = await recorded.readLog(at);
      at = page.at(-1)?.position ?? at;
      if (page.length > 0) yield page;
      else await delay(LOOK);
    }
  };

const wholeNumber = (text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Not a whole number.');
  return Number(text);
};
const anId = (text: string): string => {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)) throw new InvalidArgumentError('Not an id.');
  return text.toLowerCase();
};
/** As the log shows times, or a day of them. `Date` alone reads `01.02.2026` as the second of January, and a time as that of its zone. */
const Time = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
const aTime = (text: string): string => {
  if (!Time.safeParse(text).success)
    throw new InvalidArgumentError('Not a time, such as 2026-01-31T12:00:00Z, nor a day of UTC, such as 2026-01-31.');
  return new Date(text).toISOString();
};

interface Options extends Omit<Question, 'after' | 'stream'> {
  readonly after?: number;
  readonly limit?: number;
  readonly related?: number;
  readonly follow?: true;
  readonly json?: true;
}

type Present = (event: PresentedEvent, relation?: string) => string;

const asJson: Present = (event, relation) => JSON.stringify(relation === undefined ? event : { ...event, relation });

const printRelated = async (log: OpenReader, position: number, present: Present): Promise<void> => {
  const names = createNamesThen(log);
  let isFound = false;
  for await (const related of relatedTo(log.recorded, position, readAtOnce)) {
    const events = related.map(({ event }) => event);
    const presented = await presentEvents(log, names, events);
    await print(presented.map((event, i) => present(event, related[i]!.relation)));
    isFound = true;
  }
  if (!isFound) throw new UsageError(`no event lies at the position ${position}`);
};

/** @returns whether the log, or the stream, has an event */
const printFound = async (
  log: OpenReader,
  question: Question,
  options: Options,
  present: Present,
): Promise<boolean> => {
  const names = createNamesThen(log);
  const follow = options.follow && followOf(log);
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  let isThere = false;
  for await (const { fitting, page } of askLog(log, question, readAtOnce, follow)) {
    isThere ||= page.length > 0;
    const next = fitting.slice(0, left);
    const known = knownOf(next);
    left -= next.length;
    await print((await presentEvents(log, names, known)).map((event) => present(event)));
    if (known.length < next.length) mustBeKnown(next[known.length]!);
    if (left === 0) break;
  }
  return isThere;
};

const ask = async (config: Config, stream: string | undefined, options: Options): Promise<void> => {
  const { after = 0, limit: _, related, follow = false, json, ...filters } = options;
  const present = json ? asJson : lineOf;
  await closeAfter(await openEventReader(config), async (log) => {
    if (related !== undefined) return printRelated(log, related, present);
    const isThere = await printFound(log, { ...filters, after, stream }, options, present);
    if (isThere || stream === undefined) return;
    const { EVENTSTORE_URL, DATA_DIR } = config;
    const place = EVENTSTORE_URL === undefined ? resolve(eventsFile(DATA_DIR)) : withoutCredentials(EVENTSTORE_URL);
    throw new UsageError(`there is no stream '${stream}' in ${place}`);
  });
};

const described = (command: Command): Command =>
  command
    .description('print the log of events, or what you ask of it')
    .argument('[stream]', 'one stream alone, such as conversation-<id>')
    .option('--after <position>', 'the events after this one', wholeNumber)
    .option('--up-to <position>', 'the events up to this one', wholeNumber)
    .option('--from <time>', 'recorded then or later', aTime)
    .option('--to <time>', 'recorded before then', aTime)
    .addOption(new Option('--category <kind>', 'of this kind of stream').choices(categories))
    .addOption(new Option('--type <type>', 'of this type, such as MemberRemoved').choices(Object.keys(schemas)))
    .option('--actor <id>', 'what this account did', anId)
    .option('--subject <id>', 'what names this user, conversation, message, file or session', anId)
    .option('--correlation <id>', 'of this request')
    .option('--limit <number>', 'so many at most', wholeNumber)
    .addOption(
      new Option('--related <position>', 'why the event there happened, and what came of it')
        .argParser(wholeNumber)
        .conflicts([
          'after',
          'upTo',
          'from',
          'to',
          'category',
          'type',
          'actor',
          'subject',
          'correlation',
          'limit',
          'follow',
        ]),
    )
    .addOption(new Option('--follow', 'go on with what is recorded, until you press Ctrl-C').conflicts(['upTo', 'to']))
    .option('--json', 'JSON lines, as GET /v1/audit/events gives them');

export const history: Verb = (command) =>
  described(command).action(async (stream: string | undefined, options: Options) => {
    if (stream !== undefined && options.related !== undefined)
      command.error("error: option '--related <position>' looks in the whole log: name no stream");
    process.stdout.off('error', endWithReader).on('error', endWithReader);
    const config = readConfig(process.env);
    await mustHaveLog(config);
    await ask(config, stream, options);
  });
