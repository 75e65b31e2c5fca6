// The contents of a backup: a copy of the log, the files that it names, and, written last, a manifest that lists them.
// A backup has no views: the log is enough to build them.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { decode } from '../domain/codec.ts';
import { logs } from '../domain/log.ts';
import { openBlob } from '../store/embedded/blobStore.ts';
import { openEventLogReader } from '../store/embedded/eventLogReader.ts';
import { checkLog } from '../store/embedded/logCopy.ts';
import { blobsDirectory, eventsFile } from '../stores.ts';
import { namedFiles } from './namedFiles.ts';
import { progressBar, showingEach } from './progressBar.ts';
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
  /** Files that the log names; equal contents count once. */
  files: z.int(),
  /** Files that were lost before the backup, so the backup lacks them too. */
  missing: z.array(sha256),
  eventsSha256: sha256,
  /** Null: the backup has no secret. Earlier versions could put it in. */
  secretSha256: sha256.nullable(),
});
export type Manifest = z.output<typeof Manifest>;

export const manifestFile = (folder: string): string => join(folder, 'manifest.json');
export const secretFile = (folder: string): string => join(folder, 'secret');

/** @throws UsageError the backup is not complete, or its manifest is damaged or of another version */
export const readManifest = async (folder: string): Promise<Manifest> => {
  const file = manifestFile(folder);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new UsageError(`${folder} is not a complete backup: it has no ${file}, which is written last`);
  });
  try {
    return Manifest.parse(JSON.parse(text));
  } catch {
    throw new UsageError(`${file} is damaged, or another version of Verbatim wrote it`);
  }
};

const hashOf = async (content: Readable): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(content, hash);
  return hash.digest('hex');
};

export const hashOfFile = (file: string): Promise<string> => hashOf(createReadStream(file));

export interface LogFacts extends Pick<Manifest, 'logId' | 'position' | 'events'> {
  /** The size of each file that the events name and do not discard, by hash. */
  readonly files: ReadonlyMap<string, number>;
}

/** Reads every event of a log that no process writes to. @throws UsageError the log is damaged */
export const readLog = async (folder: string): Promise<LogFacts> => {
  const file = eventsFile(folder);
  try {
    await checkLog(file);
    const reader = openEventLogReader(file);
    try {
      const bar = progressBar('check events', reader.head());
      const files = namedFiles();
      let [log, events, position] = [logs.initial(), 0, 0];
      for (let page = reader.readLog(0, PAGE); page.length > 0; page = reader.readLog(position, PAGE)) {
        for (const recorded of page) {
          const event = decode(recorded);
          files.note(event);
          log = logs.evolve(log, event, event);
        }
        events += page.length;
        position = page.at(-1)!.position;
        bar.update(position);
      }
      bar.finish(position);
      if (log.logId === null) throw new Error('it has no events');
      return { logId: log.logId, position, events, files: files.sizes() };
    } finally {
      reader.close();
    }
  } catch (error) {
    throw new UsageError(`${file} cannot be used: ${(error as Error).message}`, { cause: error });
  }
};

/** Whether the folder has this file, undamaged. */
export const hasWhole = async (folder: string, hash: string): Promise<boolean> => {
  const content = await openBlob(blobsDirectory(folder), hash).catch(() => undefined);
  return content !== undefined && (await hashOf(content).catch(() => undefined)) === hash;
};

/** The hashes of the files that a log names, without the missing ones. */
export const hashesOf = ({ files }: Pick<LogFacts, 'files'>, missing: readonly string[]): readonly string[] => [
  ...new Set(files.keys()).difference(new Set(missing)),
];

/** Checks that a backup has everything that its manifest lists. @throws UsageError naming the file that is damaged */
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
  await showingEach('check files', hashesOf(facts, manifest.missing), async (hash) => {
    if (!(await hasWhole(folder, hash)))
      damaged(join(blobsDirectory(folder), hash.slice(0, 2), hash), 'is missing or its content changed');
  });
  return facts;
};
