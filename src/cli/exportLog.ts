// verbatim export: writes the history as CloudEvents to a folder, while the server runs or not: the whole log as it lies, or
// a conversation or a person's data as people may read it.

import { chmod, readdir, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Option } from 'commander';
import { z } from 'zod';
import { createSigningKey, type SigningKey } from '../auth/signing.ts';
import { closeAfter } from '../closing.ts';
import { accountNamed } from '../commands/accountNamed.ts';
import { everything, ofConversation, ofPerson, type Take, takeEvents } from '../commands/exportedEvents.ts';
import { stateIn } from '../commands/readEvents.ts';
import { isKeyRecorded } from '../commands/signer.ts';
import { mustBeWhole } from '../commands/wholeLog.ts';
import { type Config, readConfig } from '../config.ts';
import { counted } from '../counted.ts';
import { conversations } from '../domain/conversation.ts';
import { logs } from '../domain/log.ts';
import { THE_LOG } from '../domain/streams.ts';
import { readPseudonyms } from '../history/pseudonyms.ts';
import { openEventReader, openKeyReader, openRecorded } from '../openAlone.ts';
import { recordKey } from '../serverVerbs.ts';
import { syncFolder } from '../store/embedded/durable.ts';
import type { EventReader, OpenReader } from '../store/ports.ts';
import { secretsOfServer } from '../stores.ts';
import { openKeyFolder, takeKeys } from './backupKeys.ts';
import { mustHaveLog, openFiles } from './backupSource.ts';
import { openFolder, takeFiles } from './backupTarget.ts';
import { besideServer } from './besideServer.ts';
import { takeContents } from './exportedFiles.ts';
import {
  BATCH_BYTES,
  FORMAT,
  hasManifest,
  type Manifest,
  type Progress,
  progressFile,
  readProgress,
  type Scope,
  writeManifest,
  writeProgress,
} from './exportFolder.ts';
import { isExportLock, lockForExport } from './exportLock.ts';
import { exportAsLog, exportedIn, type Facts, gatherFacts } from './exportReader.ts';
import { folderNamed } from './namedStores.ts';
import { progressBar } from './progressBar.ts';
import { UsageError, type Verb } from './verb.ts';
import { writeBatches } from './writeBatches.ts';

interface Options {
  readonly conversation?: string;
  readonly person?: string;
  readonly files?: true;
  readonly keys?: string;
}

/** @throws UsageError there is no such conversation or person */
const scopeOf = async (config: Config, events: EventReader, { conversation, person }: Options): Promise<Scope> => {
  if (person !== undefined) {
    const pseudonym = await closeAfter(await openKeyReader(config), readPseudonyms);
    const id = await accountNamed(events, pseudonym, person);
    if (id === undefined) throw new UsageError(`there is no account '${person}'`);
    return { of: 'person', id };
  }
  if (conversation === undefined) return { of: 'log' };
  const { success, data: id } = z.uuid().toLowerCase().safeParse(conversation);
  if (!success || !(await stateIn(events, conversations, id)).exists)
    throw new UsageError(`there is no conversation '${conversation}'`);
  return { of: 'conversation', id };
};

/** The whole log stays encrypted, so it needs no keys: there is nothing to open. */
const asItLies = async (config: Config): Promise<OpenReader> => {
  const recorded = await openRecorded(config);
  return { ...recorded, recorded, openAll: async (events) => events };
};

const takeOf = async (events: OpenReader, scope: Scope): Promise<Take> => {
  if (scope.of === 'log') return everything;
  return scope.of === 'person' ? ofPerson(events, scope.id) : ofConversation(events, scope.id);
};

const OTHER_SECRET =
  'the secret in the settings is not the one that the server signs with, so nobody could check the export. Start the server with ' +
  'it, or name the secret of the server';

/** The log must name the key that signs the export. @throws UsageError another one signs for this log */
const mustBeKnown = async (events: EventReader, config: Config, { kid }: SigningKey): Promise<void> => {
  if (await isKeyRecorded(events, kid)) return;
  if ((await besideServer('record-key', [], recordKey, config)) !== kid) throw new UsageError(OTHER_SECRET);
};

/** Begins an export, or finds how far an interrupted one is. @throws UsageError the folder has something else */
const begin = async (folder: string, events: EventReader, scope: Scope, logId: string): Promise<Progress> => {
  if (await hasManifest(folder)) throw new UsageError(`${folder} has a complete export. Choose another folder`);
  const found = await readProgress(folder);
  if (found === undefined) {
    const others = (await readdir(folder)).filter((name) => name !== `${progressFile('')}.new` && !isExportLock(name));
    if (others.length > 0) throw new UsageError(`${folder} is not empty. Choose another folder, or empty it`);
    await chmod(folder, 0o700);
    const progress: Progress = { format: FORMAT, scope, logId, upTo: await events.head(), batches: [] };
    await writeProgress(folder, progress);
    return progress;
  }
  if (JSON.stringify([found.scope, found.logId]) !== JSON.stringify([scope, logId]))
    throw new UsageError(`${folder} has an unfinished export of something else. Choose another folder`);
  return found;
};

/** Exports the events that are not in the folder yet. */
const takeAll = async (folder: string, events: OpenReader, progress: Progress, batchBytes: number) => {
  const facts = gatherFacts();
  for await (const event of exportedIn(folder, progress)) facts.note(event);
  const take = await takeOf(events, progress.scope);
  const bar = progressBar('export events', progress.upTo);
  const pages = takeEvents(events.recorded, take, progress.batches.at(-1)?.last ?? 0, progress.upTo);
  const batches = await writeBatches(folder, progress, pages, batchBytes, {
    onEvent: facts.note,
    onProgress: (position) => bar.update(position, facts.told.events),
  });
  bar.finish(progress.upTo);
  return { facts, batches };
};

const NO_FILES = { count: null, missing: [] };

/** The files of a whole log lie in it as they do in the store: encrypted. Those of a part are readable, as its events are. */
const takeFilesOf = async (folder: string, config: Config, events: OpenReader, facts: Facts, { of }: Scope) =>
  closeAfter(await openFiles(config), async (from) => {
    const [files, contents] = [facts.files(), facts.contents()];
    const [named, missing] =
      of === 'log'
        ? [files.size, await takeFiles(from, folder, files)]
        : [contents.length, await takeContents(events, from, folder, contents)];
    return { count: named - missing.length, missing };
  });

/** @returns what the export has, and the id of the key that signed it */
export const exportTo = async (
  folder: string,
  config: Config,
  options: Options,
  batchBytes: number = BATCH_BYTES,
): Promise<{ manifest: Manifest; signedBy: string }> => {
  const { conversation, person, keys } = options;
  const isWhole = conversation === undefined && person === undefined;
  await mustHaveLog(config);
  await openFolder(folder, config);
  using _ = lockForExport(folder);
  if (keys !== undefined) await openKeyFolder(config, keys, folder);
  const key = createSigningKey((await secretsOfServer(config))[0]);
  const opened = isWhole ? await asItLies(config) : await openEventReader(config);
  const { progress, facts, batches, count, missing } = await closeAfter(opened, async (events) => {
    const logIdNow = async (): Promise<string> => {
      const { logId } = await stateIn(events, logs, THE_LOG);
      if (logId === null) throw new UsageError('the log has no events');
      return logId;
    };
    await logIdNow();
    await mustBeWhole(events);
    const scope = await scopeOf(config, events, options);
    await mustBeKnown(events, config, key);
    // Only now: whoever records the key opens the log, and a log that was put back gets another id by that.
    const progress = await begin(folder, events, scope, await logIdNow());
    const taken = await takeAll(folder, events, progress, batchBytes);
    const files = options.files ? await takeFilesOf(folder, config, events, taken.facts, scope) : NO_FILES;
    return { progress, ...taken, ...files };
  });
  if (isWhole && !facts.keys.has(key.kid))
    throw new UsageError(`the secret is another one than when this export began. Empty ${folder}, and begin again`);
  const manifest: Manifest = {
    ...progress,
    batches: [...batches],
    at: new Date().toISOString(),
    ...facts.told,
    files: count,
    missing,
  };
  if (keys !== undefined) await takeKeys(config, exportAsLog(folder, manifest), keys);
  await writeManifest(folder, manifest, key);
  await rm(progressFile(folder));
  await syncFolder(folder);
  await syncFolder(dirname(folder));
  return { manifest, signedBy: key.kid };
};

const runExport = async (folder: string, options: Options): Promise<void> => {
  const settings = readConfig(process.env);
  const config = { ...settings, DATA_DIR: resolve(settings.DATA_DIR) };
  const { manifest, signedBy } = await exportTo(folder, config, options);
  const { scope, events, batches, files, missing } = manifest;
  console.log(
    `Exported ${counted(events, 'event')} in ${counted(batches.length, 'batch', 'batches')}${files === null ? '' : ` and ${counted(files, 'file')}`} to ${folder}, signed by ${signedBy}`,
  );
  if (scope.of !== 'log') console.log('Texts and names in it are readable: keep it as you would keep them.');
  else if (options.keys === undefined)
    console.log('The keys are not in it: without them nobody can read names and texts. Add them with --keys <folder>.');
  else console.log(`The keys are in ${options.keys}: keep them apart from the export.`);
  if (missing.length > 0)
    throw new UsageError(
      `the export has everything else, but ${counted(missing.length, 'file is', 'files are')} lost: ${missing.join(', ')}`,
    );
};

export const exportLog: Verb = (command) =>
  command
    .description(
      'write the history as CloudEvents to a folder, while the server runs or not; an interrupted export goes on',
    )
    .argument('<folder>', 'new or empty, or that of an interrupted export', folderNamed)
    .option('--conversation <id>', 'only this conversation, readable')
    .addOption(
      new Option(
        '--person <account>',
        "only this person's data, readable: an e-mail address, a username or an id",
      ).conflicts('conversation'),
    )
    .option('--files', 'also the contents of files')
    .addOption(
      new Option('--keys <folder>', 'of the whole log: also the keys of names and texts, to a folder of their own')
        .argParser(folderNamed)
        .conflicts(['conversation', 'person']),
    )
    .action(runExport);
