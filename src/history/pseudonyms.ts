// Pseudonyms of what people are called. The same name has the same one in every process, and nobody without the key of this
// installation finds out by trying names whose it is. That key lies with the others, outside the log and its backups.

import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { KEY_BYTES, type KeyStore } from '../store/ports.ts';

/** The block of the installation's key. Others are named by ids. */
const NAMES = 'names';

/** 64 hexadecimal digits. `parts`: what the name is for, and the name in canonical form. */
export type Pseudonym = (...parts: readonly string[]) => string;

const pseudonymBy = (bytes: Uint8Array): Pseudonym => {
  const key = createSecretKey(bytes);
  return (...parts) => createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex');
};

const keyIn = async (keys: Pick<KeyStore, 'get'>): Promise<Uint8Array | undefined> => (await keys.get([NAMES]))[0];

export const hasPseudonyms = async (keys: Pick<KeyStore, 'get'>): Promise<boolean> => (await keyIn(keys)) !== undefined;

/** Undefined: nothing was ever recorded with these keys. @throws Unavailable */
export const readPseudonyms = async (keys: Pick<KeyStore, 'get'>): Promise<Pseudonym | undefined> => {
  const key = await keyIn(keys);
  return key && pseudonymBy(key);
};

/** Makes the key if there is none. @throws Unavailable */
export const openPseudonyms = async (keys: Pick<KeyStore, 'add' | 'get'>): Promise<Pseudonym> => {
  if (!(await hasPseudonyms(keys))) await keys.add(new Map([[NAMES, randomBytes(KEY_BYTES)]]));
  // Another process may have been first.
  return pseudonymBy((await keyIn(keys))!);
};

/** @throws Unavailable; Error: the target has those of another installation */
export const copyPseudonyms = async (from: Pick<KeyStore, 'get'>, to: Pick<KeyStore, 'add' | 'get'>): Promise<void> => {
  const key = await keyIn(from);
  if (key === undefined) return;
  await to.add(new Map([[NAMES, key]]));
  if (!Buffer.from(key).equals((await keyIn(to))!))
    throw new Error('there are keys of another installation already. Choose a folder, or a store, that has none');
};
