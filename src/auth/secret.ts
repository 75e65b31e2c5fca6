// The secret from which all tokens are derived: read from the data directory, created there at the first start.

import { randomBytes, randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SECRET_BYTES = 48;
const LEAST_BYTES = 32;
const MOST_BYTES = 1024;

const hasModes = process.platform !== 'win32';

/**
 * The secret in a text: its UTF-8 bytes, trimmed. File and setting are read alike, so that tokens stay valid when an
 * operator moves the content of the file into the setting.
 * @throws Error when it is shorter than 32 bytes or longer than 1024.
 */
export const secretOf = (text: string): Uint8Array => {
  const secret = Buffer.from(text.trim(), 'utf8');
  if (secret.byteLength < LEAST_BYTES || secret.byteLength > MOST_BYTES)
    throw new Error(`a secret has ${LEAST_BYTES} to ${MOST_BYTES} bytes, not ${secret.byteLength}`);
  return secret;
};

const openIfThere = (path: string): Promise<FileHandle | undefined> =>
  open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

/** Writes the file under a temporary name, then links it: if another process was first, its secret counts. */
const makeSecret = async (dataDir: string, path: string): Promise<FileHandle> => {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}`;
  const text = `${randomBytes(SECRET_BYTES).toString('base64url')}\n`;
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600, flush: true });
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(temporary, { force: true });
  }
  if (hasModes) {
    await using directory = await open(dataDir);
    await directory.sync();
  }
  return open(path);
};

/**
 * Reads the file `secret` in `dataDir`, and creates it (384 random bits, mode 600) if it is missing. Processes that
 * start at once get the same secret. If other users could read the file, its mode is corrected.
 * @throws Error if the file is damaged, or cannot be read, created or protected.
 */
export const loadSecret = async (dataDir: string): Promise<Uint8Array> => {
  const path = join(dataDir, 'secret');
  await using file = (await openIfThere(path)) ?? (await makeSecret(dataDir, path));
  try {
    const { mode, size } = await file.stat();
    if (hasModes && (mode & 0o077) !== 0) await file.chmod(0o600);
    if (size > MOST_BYTES) throw new Error(`it has ${size} bytes`);
    return secretOf(await file.readFile('utf8'));
  } catch (cause) {
    throw new Error(`the secret in ${path} cannot be used; restore it, or remove it to sign everybody out`, { cause });
  }
};
