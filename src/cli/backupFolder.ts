// What a backup is: a copy of the log, the files that it names, and, written last, a manifest that says what belongs to
// it. Views are left out: they are built from the log.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { decode } from '../domain/codec.ts';
import { logs } from '../domain/log.ts';
import { openBlob } from '../store/embedded/blobStore.ts';
import { openEventLogReader } from '../store/embedded/eventLogReader.ts';
import { checkLog } from '../store/embedded/logCopy.ts';
import { blobsDirectory, eventsFile } from '../stores.ts';
import { progressBar } from './progressBar.ts';
import { UsageError } from './verb.ts';

export const FORMAT = 1;
const PAGE = 1000;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const Manifest = z.strictObject({
  format: z.literal(FORMAT),
  at: z.iso.datetime(),
  logId: z.uuid(),
  /** Of the last event. */
  position: z.int(),
  events: z.int(),
  /** Different contents that the log names. */
  files: z.int(),
  /** Contents that were lost before the backup: it does not have them either. */
  missing: z.array(sha256),
  eventsSha256: sha256,
  /** Null: the secret is kept apart. */
  secretSha256: sha256.nullable(),
});
export type Manifest = z.output<typeof Manifest>;

export const manifestFile = (folder: string): string => join(folder, 'manifest.json');
export const secretFile = (folder: string): string => join(folder, 'secret');

/** @throws UsageError there is none, as in a backup that did not end, or it is none of this version. */
export const readManifest = async (folder: string): Promise<Manifest> => {
  const file = manifestFile(folder);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new UsageError(`${folder} is not a complete backup: it has no ${file}, which is written last`);
  });
  try {
    return Manifest.parse(JSON.parse(text));
  } catch {
    throw new UsageError(`${file} is damaged, or another version of Verbatim wrote it`);
  }
};

export const hashOfFile = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};

export interface LogFacts extends Pick<Manifest, 'logId' | 'position' | 'events'> {
  /** Sizes by hash of the files that its events name. */
  readonly files: ReadonlyMap<string, number>;
}

/** Reads a log that nobody writes to, every event of it. @throws UsageError naming the file: it is damaged */
export const readLog = async (folder: string): Promise<LogFacts> => {
  const file = eventsFile(folder);
  try {
    await checkLog(file);
    const reader = openEventLogReader(file);
    try {
      const bar = progressBar('check events', reader.head());
      const files = new Map<string, number>();
      let [log, events, position] = [logs.initial(), 0, 0];
      for (let page = reader.readLog(0, PAGE); page.length > 0; page = reader.readLog(position, PAGE)) {
        for (const recorded of page) {
          const event = decode(recorded);
          if (event.type === 'FileStored') files.set(event.data.hash, event.data.size);
          log = logs.evolve(log, event, event);
        }
        events += page.length;
        position = page.at(-1)!.position;
        bar.update(position);
      }
      bar.finish(position);
      if (log.logId === null) throw new Error('it has no events');
      return { logId: log.logId, position, events, files };
    } finally {
      reader.close();
    }
  } catch (error) {
    throw new UsageError(`${file} cannot be used: ${(error as Error).message}`, { cause: error });
  }
};

/** Whether a folder has a whole content of that name. */
export const hasWhole = async (folder: string, hash: string): Promise<boolean> => {
  const found = createHash('sha256');
  try {
    await pipeline(await openBlob(blobsDirectory(folder), hash), found);
  } catch {
    return false;
  }
  return found.digest('hex') === hash;
};

/** Calls `work` for each, and shows how far it is. */
export const eachOf = async (
  what: string,
  hashes: readonly string[],
  work: (hash: string) => Promise<void>,
): Promise<void> => {
  const bar = progressBar(what, hashes.length);
  for (const [i, hash] of hashes.entries()) {
    await work(hash);
    bar.update(i + 1);
  }
  bar.finish(hashes.length);
};

/**
 * Checks that everything that belongs to a backup is there, as it was.
 * @throws UsageError naming the file that is not
 */
export const verifyBackup = async (folder: string, manifest: Manifest): Promise<LogFacts> => {
  const damaged = (file: string, why: string): never => {
    throw new UsageError(`${file} ${why}: the backup was changed or damaged. Use another backup`);
  };
  const expect = async (file: string, wanted: string): Promise<void> => {
    const found = await hashOfFile(file).catch(() => damaged(file, 'cannot be read'));
    if (found !== wanted) damaged(file, 'is not the file that was backed up');
  };
  await expect(eventsFile(folder), manifest.eventsSha256);
  if (manifest.secretSha256 !== null) await expect(secretFile(folder), manifest.secretSha256);
  const facts = await readLog(folder);
  for (const fact of ['logId', 'position', 'events'] as const)
    if (facts[fact] !== manifest[fact]) damaged(manifestFile(folder), `has another \`${fact}\` than the log`);
  if (facts.files.size !== manifest.files) damaged(manifestFile(folder), 'has another number of files than the log');
  const lost = new Set(manifest.missing);
  const kept = [...facts.files.keys()].filter((hash) => !lost.has(hash));
  await eachOf('check files', kept, async (hash) => {
    if (!(await hasWhole(folder, hash)))
      damaged(join(blobsDirectory(folder), hash.slice(0, 2), hash), 'is missing or its content changed');
  });
  return facts;
};
