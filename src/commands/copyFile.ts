// Copies the content of a file with the event that says it was stored.

import { decode } from '../domain/codec.ts';
import type { EventOf } from '../domain/events.ts';
import { type BlobStore, Missing, type Recorded } from '../store/ports.ts';
import type { CopiedEvents } from './beginCopy.ts';

interface Source {
  readonly events: Pick<CopiedEvents, 'readStream'>;
  /** Undefined: the target has the files. */
  readonly blobs?: Pick<BlobStore, 'open'>;
}

/** Returns whether there was a content. */
export const fileCopier = ({ events, blobs }: Source, to: BlobStore) => {
  /** The content of a file that was discarded or erased may be gone. */
  const isDiscarded = async (stream: string): Promise<boolean> => {
    const [last] = await events.readStream(stream, { backwards: true, limit: 1 });
    return last?.type === 'FileDiscarded' || last?.type === 'FileErased';
  };

  return async (recorded: Recorded): Promise<boolean> => {
    if (blobs === undefined || recorded.type !== 'FileStored') return false;
    const { data } = decode(recorded) as EventOf<'FileStored'>;
    const content = await blobs.open(data.hash).catch(async (error: unknown) => {
      if (error instanceof Missing && (await isDiscarded(recorded.stream))) return undefined;
      throw error;
    });
    if (content === undefined) return false;
    await to.put(content, data.size);
    return true;
  };
};
