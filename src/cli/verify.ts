// verbatim verify: checks that nobody changed the log: of a running store, a backup, an export, or a copy. Names the first place
// that does not fit.

import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PublicKey } from '../auth/signing.ts';
import { closeAfter } from '../closing.ts';
import { type Verified, verifyLog } from '../commands/verifyLog.ts';
import { mustBeWhole } from '../commands/wholeLog.ts';
import { type Config, readConfig } from '../config.ts';
import { counted } from '../counted.ts';
import { parseSeal, type Seal } from '../domain/seal.ts';
import type { End } from '../history/eventCheck.ts';
import { openRecorded, readLastSeal } from '../openAlone.ts';
import { describeCause, isDamage } from '../store/cause.ts';
import { logFlaw } from '../store/embedded/logFlaw.ts';
import { createSpilledMap } from '../store/embedded/spilledMap.ts';
import { eventsFile, placesOf } from '../stores.ts';
import { type Manifest, manifestFile, readManifest } from './backupFolder.ts';
import { mustHaveLog } from './backupSource.ts';
import { isExport } from './exportFolder.ts';
import { placeNamed } from './namedStores.ts';
import { progressBar } from './progressBar.ts';
import { UsageError, type Verb } from './verb.ts';
import { inWords, readKeys, verifyExport } from './verifyExport.ts';

/** Bytes of a file of seals at most: those of many years. */
const MOST_SEALS = 256 * 1024 * 1024;

interface Place {
  readonly config: Config;
  readonly name: string;
  /** Of a backup. */
  readonly manifest: Manifest | undefined;
  readonly kept: readonly Seal[];
}

const placeOf = async (named: string | undefined): Promise<Place> => {
  const folder = named === undefined ? undefined : resolve(named);
  if (folder !== undefined && (await stat(manifestFile(folder)).catch(() => undefined)))
    return { config: placeNamed(folder), name: folder, manifest: await readManifest(folder), kept: [] };
  const config = named === undefined ? readConfig(process.env) : placeNamed(named);
  await mustHaveLog(config).catch((error: unknown) => {
    throw folder !== undefined && error instanceof UsageError
      ? new UsageError(`${resolve(config.DATA_DIR)} has no log: it is no data directory, backup or export`)
      : error;
  });
  const text = await readLastSeal(config);
  const kept = text === undefined ? undefined : parseSeal(text);
  return { config, name: placesOf(config).join(' and '), manifest: undefined, kept: kept ? [kept] : [] };
};

/** @throws UsageError naming the line that is no seal */
const sealsIn = async (file: string): Promise<readonly Seal[]> => {
  const { size } = await stat(file).catch(() => {
    throw new UsageError(`${file} cannot be read`);
  });
  if (size > MOST_SEALS) throw new UsageError(`${file} is larger than any file of seals`);
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const seal = parseSeal(line);
    if (seal === undefined) throw new UsageError(`line ${i + 1} of ${file} is no seal`);
    return [seal];
  });
};

interface Kept {
  readonly outside: readonly Seal[];
  readonly trusted: readonly PublicKey[] | undefined;
}

const sealedOf = ({ sealed, seals }: Pick<Verified, 'sealed' | 'seals'>): string =>
  `${sealed === 0 ? 'none of them sealed yet' : `the first ${sealed} of them sealed`}, and ${counted(seals, 'seal')}`;

const flawOf = ({ EVENTSTORE_URL, DATA_DIR }: Config): string | undefined =>
  EVENTSTORE_URL === undefined ? logFlaw(eventsFile(DATA_DIR)) : undefined;

const verifyPlace = async ({ config, name, manifest, kept }: Place, { outside, trusted }: Kept): Promise<string> =>
  closeAfter(await openRecorded(config), async (events) => {
    const head = await events.head();
    const bar = progressBar('verify', head);
    let reached = 0;
    const found = await closeAfter(createSpilledMap<End>(), async (ends) => {
      const verified = await verifyLog(events, {
        head,
        outside: [...kept, ...outside],
        ends,
        trusted: trusted && new Set(trusted.map(({ kid }) => kid)),
        onProgress: (position, count) => {
          reached = position;
          bar.update(position, count);
        },
      });
      return { ...verified, flaw: verified.fault === undefined ? flawOf(config) : undefined };
    }).catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      throw new UsageError(`${name}: the file is damaged behind position ${reached}: ${describeCause(error)}`);
    });
    bar.finish(reached);
    if (found.fault !== undefined) throw new UsageError(`${name}: ${inWords(found.fault)}`);
    if (found.flaw !== undefined) throw new UsageError(`${name}: ${found.flaw}`);
    if (manifest !== undefined && (manifest.events !== found.events || manifest.position !== head))
      throw new UsageError(
        `${name}: at position ${head}: the log has ${counted(found.events, 'event')}, its manifest says ${manifest.events}, up to ${manifest.position}`,
      );
    // The beginning of a log fits too.
    await mustBeWhole(events);
    return `Checked ${counted(found.events, 'event')}, ${sealedOf(found)} in ${name}: all fit`;
  });

const verifyFolder = async (folder: string, kept: Kept): Promise<string> => {
  const { manifest, signedBy, ...found } = await verifyExport(folder, kept);
  const { of } = manifest.scope;
  const what =
    of === 'log'
      ? `${counted(manifest.events, 'event')}, ${sealedOf(found)}`
      : `${counted(manifest.events, 'event')} of one ${of}`;
  const signed =
    signedBy === undefined
      ? 'Who signed it was not checked: save what GET /v1/audit/keys of its server answers, and name that file with --trusted'
      : `${signedBy} signed it${kept.trusted === undefined ? ', a key that its own events name: compare it with one that you know' : ', which you trust'}`;
  return `Checked ${what} in ${folder}: all fit. ${signed}`;
};

export const verify: Verb = (command) =>
  command
    .description('check that nobody changed the log, and name the first place that does not fit')
    .argument(
      '[stores]',
      'a backup, an export, or stores as `verbatim copy` takes them; default: those of the settings',
    )
    .option('--seals <file>', 'also check against seals that were kept elsewhere, one on each line')
    .option('--trusted <file>', 'believe no other keys than these, as `GET /v1/audit/keys` gives them')
    .action(async (named: string | undefined, files: { readonly seals?: string; readonly trusted?: string }) => {
      const kept = {
        outside: files.seals === undefined ? [] : await sealsIn(resolve(files.seals)),
        trusted: files.trusted === undefined ? undefined : await readKeys(resolve(files.trusted)),
      };
      const folder = named === undefined ? undefined : resolve(named);
      const isFolderOfExport = folder !== undefined && (await isExport(folder));
      console.log(isFolderOfExport ? await verifyFolder(folder, kept) : await verifyPlace(await placeOf(named), kept));
    });
