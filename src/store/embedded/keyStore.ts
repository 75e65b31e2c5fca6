// The store of keys on one file, which a thread of its own reads and writes.

import { dirname } from 'node:path';
import { describeCause, KEYS_REPLACED } from '../cause.ts';
import { type KeyStore, Unavailable } from '../ports.ts';
import { askTogether, findTogether } from '../shared/askTogether.ts';
import { makeFolder } from './durable.ts';
import { identityOf, mustBeInPlace } from './fileIdentity.ts';
import { openKeyFile } from './keyFile.ts';
import type { Reply, Request } from './keyWorker.ts';
import { startThread, type Thread } from './thread.ts';

const makeFolderOf = async (file: string): Promise<void> => {
  const folder = dirname(file);
  await makeFolder(folder).catch((cause: unknown) => {
    throw new Error(`the folder of keys ${folder} cannot be made: ${describeCause(cause)}`, { cause });
  });
};

/**
 * Makes a missing folder. Several processes of one machine may open the same file. @throws Error of SQLite, or of a file made by
 * a later version, or of a folder that cannot be made
 */
export const openEmbeddedKeyStore = async (file: string): Promise<KeyStore> => {
  await makeFolderOf(file);
  // What is wrong with the file shows at the start; the thread starts when it has something to do.
  openKeyFile(file).close();
  const identity = identityOf(file);
  let thread: Thread<Request, Reply> | undefined;
  let isClosed = false;

  const ask = async (request: Request): Promise<Reply> => {
    try {
      if (isClosed) throw new Error('the store of keys is closed');
      if (thread?.hasEnded !== false) thread = startThread(new URL('./keyWorker.ts', import.meta.url), file);
      return await thread.ask(request);
    } catch (error) {
      throw new Unavailable('keys', error);
    }
  };

  /** People who register at the same time share a sync. */
  const addTogether = askTogether<Reply, readonly [string, Uint8Array]>((add) => ask({ add }));
  /** Those who come back at the same time do not wake the thread one by one. */
  const get = findTogether(async (ids) => {
    const found = (await ask({ get: ids }))!;
    return new Map(ids.map((id, i) => [id, found[i]]));
  });

  return {
    add: async (blocks) => void (await addTogether([...blocks])),
    get,
    destroy: async (destroy) => void (await ask({ destroy })),
    mustBeInPlace() {
      try {
        mustBeInPlace(file, identity, KEYS_REPLACED);
      } catch (error) {
        throw new Unavailable('keys', error);
      }
    },
    probe: async () => void (await ask('probe')),
    close: async () => {
      isClosed = true;
      if (thread?.hasEnded === false) await thread.finish('end');
    },
  };
};
