// The files of an export of a part: as people stored them, each named by the id that the events know it by.

import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openContent } from '../commands/fileContent.ts';
import { decode } from '../domain/codec.ts';
import type { DataOf, EventOf } from '../domain/events.ts';
import { streams } from '../domain/streams.ts';
import { makeFolder, syncFolder } from '../store/embedded/durable.ts';
import { type EventReader, Unavailable } from '../store/ports.ts';
import { hashOfFile } from './backupFolder.ts';
import type { Files } from './backupSource.ts';
import { showingEach } from './progressBar.ts';

type Stored = DataOf<'FileStored'>;

const FOLDER = 'files';

/** Of `photo.png` the extension stays, so that a computer knows what to open it with. */
const pathOf = (folder: string, { fileId, name }: Stored): string =>
  join(folder, FOLDER, `${fileId}${/\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? ''}`);

const isThere = async (path: string, { contentHash }: Stored): Promise<boolean> =>
  (await hashOfFile(path).catch(() => undefined)) === contentHash;

const eachOf = (title: string, contents: readonly Stored[], work: (file: Stored) => Promise<void>): Promise<void> => {
  const byId = new Map(contents.map((file) => [file.fileId, file]));
  return showingEach(title, [...byId.keys()], (id) => work(byId.get(id)!));
};

/** The event itself, with its key, which an export does not show. */
const storedAs = async (events: Pick<EventReader, 'readStream'>, { fileId }: Stored): Promise<Stored> => {
  const [recorded] = await events.readStream(streams.file(fileId), { limit: 1 });
  return (decode(recorded!) as EventOf<'FileStored'>).data;
};

/** `events`: with private parts open. @returns the hashes of those that are lost or damaged */
export const takeContents = async (
  events: Pick<EventReader, 'readStream'>,
  from: Files,
  folder: string,
  contents: readonly Stored[],
): Promise<string[]> => {
  const missing = new Set<string>();
  if (contents.length > 0) await makeFolder(join(folder, FOLDER));
  await eachOf('copy files', contents, async (file) => {
    const path = pathOf(folder, file);
    // An interrupted run may have copied it.
    if (await isThere(path, file)) return;
    try {
      const copy = createWriteStream(`${path}.new`, { mode: 0o600, flush: true });
      await pipeline(await openContent(from, await storedAs(events, file)), copy);
      if (!(await isThere(`${path}.new`, file))) throw new Error('it is damaged');
      await rename(`${path}.new`, path);
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      await rm(`${path}.new`, { force: true });
      missing.add(file.hash);
    }
  });
  if (contents.length > 0) await syncFolder(join(folder, FOLDER));
  return [...missing];
};

/** The path of the first file that is not what its events say. */
export const firstDamaged = async (folder: string, contents: readonly Stored[]): Promise<string | undefined> => {
  let damaged: string | undefined;
  await eachOf('check files', contents, async (file) => {
    const path = pathOf(folder, file);
    if (damaged === undefined && !(await isThere(path, file))) damaged = path;
  });
  return damaged;
};
