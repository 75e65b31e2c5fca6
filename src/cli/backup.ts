// verbatim backup: copies the log and the files to a new folder, while the server runs or not.

import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, readConfig } from '../config.ts';
import { openBlob, openEmbeddedBlobStore } from '../store/embedded/blobStore.ts';
import { copyPrivately, syncFile, syncFolder, writeDurably } from '../store/embedded/durable.ts';
import { copyLog } from '../store/embedded/logCopy.ts';
import { blobsDirectory, eventsFile } from '../stores.ts';
import {
  FORMAT,
  hashesOf,
  hashOfFile,
  hasWhole,
  type Manifest,
  manifestFile,
  readLog,
  secretFile,
} from './backupFolder.ts';
import { progressBar, showingEach } from './progressBar.ts';
import { UsageError, type Verb } from './verb.ts';

const usage = 'usage: verbatim backup <folder> [--with-secret], where <folder> is new or empty';
/** Milliseconds between two updates of the bar while the log is copied. */
const LOOK = 200;

/** @throws UsageError the events or the files are in a database server, which has tools of its own */
export const mustBeEmbedded = ({ EVENTSTORE_URL, MONGODB_URL }: Config, verb: 'backup' | 'restore'): void => {
  if (EVENTSTORE_URL === undefined && MONGODB_URL === undefined) return;
  const [events, files] = [EVENTSTORE_URL ? 'EventStoreDB' : 'DATA_DIR', MONGODB_URL ? 'MongoDB' : 'DATA_DIR'];
  throw new UsageError(
    `this verb needs the events and the files in DATA_DIR, but the events are in ${events} and the files in ${files}. ` +
      `Use the databases' own ${verb}, in the order that docs/operations.md gives, or \`verbatim copy\` to a data directory.`,
  );
};

/** Makes a folder that only its owner may read. @throws UsageError it is not empty, or lies in the data directory */
const openEmpty = async (folder: string, dataDir: string): Promise<void> => {
  const way = relative(dataDir, folder);
  if (!way.startsWith('..') && !isAbsolute(way))
    throw new UsageError(`${folder} lies in the data directory, so both would be lost together. Choose another folder`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) throw new UsageError(`${folder} is not empty. ${usage}`);
  await chmod(folder, 0o700);
};

/** Copies the log. SQLite does not report its progress, so the bar follows the size of the copy. */
const takeLog = async (dataDir: string, folder: string): Promise<void> => {
  const [from, to] = [eventsFile(dataDir), eventsFile(folder)];
  const ahead = await stat(`${from}-wal`).catch(() => undefined);
  const bar = progressBar('copy events', (await stat(from)).size + (ahead?.size ?? 0));
  const showing = setInterval(() => void stat(to).then(({ size }) => bar.update(size)), LOOK);
  try {
    await copyLog(from, to);
  } finally {
    clearInterval(showing);
  }
  await syncFile(to);
  bar.finish((await stat(to)).size);
};

/** Copies the files. @returns the hashes of those that are lost or damaged */
const takeFiles = async (dataDir: string, folder: string, files: ReadonlyMap<string, number>): Promise<string[]> => {
  const directory = blobsDirectory(folder);
  const blobs = await openEmbeddedBlobStore({ directory });
  const missing: string[] = [];
  await showingEach('copy files', [...files.keys()], async (hash) => {
    const source = await openBlob(blobsDirectory(dataDir), hash).catch(() => undefined);
    const copied = source && (await blobs.put(source, Number.POSITIVE_INFINITY));
    if (copied?.hash === hash) return;
    missing.push(hash);
    // The store kept the damaged file under the hash of its present content, which may be that of another file.
    if (copied && !files.has(copied.hash)) await rm(join(directory, copied.hash.slice(0, 2), copied.hash));
  });
  await blobs.close();
  await rm(join(directory, 'incoming'), { recursive: true });
  return missing;
};

export const backup: Verb = {
  usage: 'backup <folder> [--with-secret]',
  says: 'copy the log and the files to a new folder, while the server runs or not',
  run: async (args) => {
    const options = { 'with-secret': { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [named, ...more] = positionals;
    if (named === undefined || more.length > 0) throw new UsageError(usage);
    const config = readConfig(process.env);
    mustBeEmbedded(config, 'backup');
    const withSecret = values['with-secret'];
    if (withSecret && config.AUTH_SECRET !== undefined)
      throw new UsageError(
        'the setting AUTH_SECRET has the secret, so --with-secret cannot copy it from the data directory: keep it yourself',
      );
    const [dataDir, folder] = [resolve(config.DATA_DIR), resolve(named)];
    if ((await stat(eventsFile(dataDir)).catch(() => undefined)) === undefined)
      throw new UsageError(`there is no event log in ${dataDir}. Set DATA_DIR to the data directory of the server`);
    await openEmpty(folder, dataDir);

    // The log comes first: a server stores each file before the event that names it, so every named file exists.
    await takeLog(dataDir, folder);
    const { files, ...facts } = await readLog(folder);
    const missing = await takeFiles(dataDir, folder, files);
    if (withSecret) await copyPrivately(secretFile(dataDir), secretFile(folder));
    const manifest: Manifest = {
      format: FORMAT,
      at: new Date().toISOString(),
      ...facts,
      files: files.size,
      missing,
      eventsSha256: await hashOfFile(eventsFile(folder)),
      secretSha256: withSecret ? await hashOfFile(secretFile(folder)) : null,
    };
    await showingEach('check files', hashesOf({ files }, missing), async (hash) => {
      if (!(await hasWhole(folder, hash))) throw new Error(`the copy of the file ${hash} in ${folder} is damaged`);
    });
    await writeDurably(manifestFile(folder), `${JSON.stringify(manifest, undefined, 2)}\n`);
    await syncFolder(dirname(folder));

    console.log(`Copied and checked ${facts.events} events and ${files.size - missing.length} files in ${folder}`);
    const secret = config.AUTH_SECRET === undefined ? secretFile(dataDir) : 'the setting AUTH_SECRET';
    console.log(
      withSecret
        ? 'The secret is in it: anyone who can read the backup can sign in as any user.'
        : `The secret is not in it. It is ${secret}: keep a copy in another place. Without the secret every sign-in and every key ends.`,
    );
    if (missing.length > 0)
      throw new UsageError(
        `the backup has everything else, but ${missing.length} files are lost or damaged in ` +
          `${blobsDirectory(dataDir)}: ${missing.join(', ')}`,
      );
  },
};
