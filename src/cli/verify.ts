// verbatim verify: checks that nobody changed the log: of a running store, a backup, or a copy. Names the first place that does not
// fit.

import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { closeAfter } from '../closing.ts';
import { verifyLog } from '../commands/verifyLog.ts';
import { type Config, readConfig } from '../config.ts';
import { parseSeal, type Seal } from '../domain/seal.ts';
import { openRecorded, readLastSeal } from '../openAlone.ts';
import { describeCause, isDamage } from '../store/cause.ts';
import { placesOf } from '../stores.ts';
import { type Manifest, manifestFile, readManifest } from './backupFolder.ts';
import { mustHaveLog } from './backupSource.ts';
import { placeNamed } from './namedStores.ts';
import { progressBar } from './progressBar.ts';
import { UsageError, type Verb } from './verb.ts';

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
  await mustHaveLog(config);
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

const verifyPlace = async ({ config, name, manifest, kept }: Place, outside: readonly Seal[]): Promise<string> =>
  closeAfter(await openRecorded(config), async (events) => {
    const head = await events.head();
    const bar = progressBar('verify', head);
    let reached = 0;
    const onProgress = (position: number, count: number): void => {
      reached = position;
      bar.update(position, count);
    };
    const found = await verifyLog(events, { head, outside: [...kept, ...outside], onProgress }).catch(
      (error: unknown) => {
        if (!isDamage(error)) throw error;
        throw new UsageError(`${name}: the file is damaged behind position ${reached}: ${describeCause(error)}`);
      },
    );
    bar.finish(reached);
    if (found.fault !== undefined) {
      const { from, to, what } = found.fault;
      throw new UsageError(`${name}: at position ${from}${to > from ? ` to ${to}` : ''}: ${what}`);
    }
    if (manifest !== undefined && (manifest.events !== found.events || manifest.position !== head))
      throw new UsageError(
        `${name}: at position ${head}: the log has ${found.events} events, its manifest says ${manifest.events}, up to ${manifest.position}`,
      );
    const sealed = found.sealed === 0 ? 'none of them sealed yet' : `the first ${found.sealed} of them sealed`;
    return `Checked ${found.events} events, ${sealed}, and ${found.seals} seals in ${name}: all fit`;
  });

export const verify: Verb = (command) =>
  command
    .description('check that nobody changed the log, and name the first place that does not fit')
    .argument('[stores]', 'a backup, or stores as `verbatim copy` takes them; default: those of the settings')
    .option('--seals <file>', 'also check against seals that were kept elsewhere, one on each line')
    .action(async (named: string | undefined, { seals }: { readonly seals?: string }) => {
      const outside = seals === undefined ? [] : await sealsIn(resolve(seals));
      console.log(await verifyPlace(await placeOf(named), outside));
    });
