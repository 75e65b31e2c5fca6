// Copies the contents of files with the events that say they were stored.

import { decode } from '../domain/codec.ts';
import type { EventOf } from '../domain/events.ts';
import { type BlobStore, Missing, type Recorded, Unavailable } from '../store/ports.ts';
import type { CopiedEvents } from './beginCopy.ts';

interface Place {
  readonly events: Pick<CopiedEvents, 'readStream'>;
  readonly blobs: Pick<BlobStore, 'open' | 'put'>;
}

interface Source {
  readonly events: Place['events'];
  /** Undefined: the target has the files. */
  readonly blobs?: Pick<BlobStore, 'open'>;
}

/** The content of a file that was discarded or erased may be gone. */
const isDiscarded = async (events: Place['events'], stream: string): Promise<boolean> => {
  const [last] = await events.readStream(stream, { backwards: true, limit: 1 });
  return last?.type === 'FileDiscarded' || last?.type === 'FileErased';
};

const has = async (blobs: Place['blobs'], hash: string): Promise<boolean> => {
  try {
    (await blobs.open(hash)).destroy();
    return true;
  } catch (error) {
    if (error instanceof Missing) return false;
    throw error;
  }
};

/** False: the content is lost or damaged. @throws Unavailable */
const copyContent = async (from: Pick<BlobStore, 'open'>, to: Place['blobs'], hash: string, size: number) => {
  try {
    return (await to.put(await from.open(hash), size)).hash === hash;
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    return false;
  }
};

export const createFileCopier = (from: Source, to: Place) => {
  const lost = new Set<string>();
  let copied = 0;
  return {
    /** Copies the content unless the target has it. One that is lost or damaged is left out. @throws Unavailable */
    copy: async (recorded: Recorded): Promise<void> => {
      if (from.blobs === undefined || recorded.type !== 'FileStored') return;
      const { hash, size } = (decode(recorded) as EventOf<'FileStored'>).data;
      // A copy that people use may have discarded the file.
      if ((await has(to.blobs, hash)) || (await isDiscarded(to.events, recorded.stream))) return;
      if (await copyContent(from.blobs, to.blobs, hash, size)) copied += 1;
      else if (!(await isDiscarded(from.events, recorded.stream))) lost.add(hash);
    },
    copied: () => copied,
    /** The hashes of contents that are lost or damaged. */
    lost: (): readonly string[] => [...lost],
  };
};
