// The secrets from which all proofs are derived: read from a setting or the data directory, created there at the first
// start. The first secret makes proofs, all of them verify: so an operator changes the secret and signs nobody out.

import { randomBytes, randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SECRET_BYTES = 48;
const LEAST_BYTES = 32;
const MOST_BYTES = 1024;
/** Secrets at most: a token that none of them made is checked against all. */
const MOST_SECRETS = 10;
const MOST_FILE_BYTES = MOST_SECRETS * (MOST_BYTES + 2);

const hasModes = process.platform !== 'win32';

/** The first one makes proofs, all of them verify. */
export type Secrets = readonly [Uint8Array, ...Uint8Array[]];

/** The secrets of each kind of proof. Every purpose derives keys of its own from them (`deriveKey`). */
export interface Roots {
  /** Access tokens, refresh tokens and tickets. */
  readonly tokens: Secrets;
  /** The long-lived keys of users. */
  readonly keys: Secrets;
  /** Of requests: they tell a retry from another command. */
  readonly fingerprints: Secrets;
  /** In the addresses of files. */
  readonly marks: Secrets;
}

/** Every kind has the same secrets. */
export const rootsOf = (secrets: Secrets): Roots => ({
  tokens: secrets,
  keys: secrets,
  fingerprints: secrets,
  marks: secrets,
});

const secretOf = (text: string): Uint8Array => {
  const secret = Buffer.from(text, 'utf8');
  if (secret.byteLength < LEAST_BYTES || secret.byteLength > MOST_BYTES)
    throw new Error(`a secret has ${LEAST_BYTES} to ${MOST_BYTES} bytes, not ${secret.byteLength}`);
  return secret;
};

/**
 * The secrets in a text, apart by commas or on lines of their own: the UTF-8 bytes of each, trimmed. File and setting are
 * read alike, so that tokens stay valid when an operator moves the content of the file into the setting.
 * @throws Error for a secret of less than 32 or more than 1024 bytes, for none, or for more than 10
 */
export const secretsOf = (text: string): Secrets => {
  const texts = text.split(/[,\r\n]/).map((one) => one.trim());
  const [first = '', ...older] = new Set(texts.filter((one) => one !== ''));
  if (older.length >= MOST_SECRETS) throw new Error(`at most ${MOST_SECRETS} secrets, not ${older.length + 1}`);
  return [secretOf(first), ...older.map(secretOf)];
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
 * Reads the file `secret` in `dataDir`, and creates it (one of 384 random bits, mode 600) if it is missing. Processes that
 * start at once get the same secret. If other users could read the file, its mode is corrected.
 * @throws Error if the file is damaged, or cannot be read, created or protected.
 */
export const loadSecrets = async (dataDir: string): Promise<Secrets> => {
  const path = join(dataDir, 'secret');
  await using file = (await openIfThere(path)) ?? (await makeSecret(dataDir, path));
  try {
    const { mode, size } = await file.stat();
    if (hasModes && (mode & 0o077) !== 0) await file.chmod(0o600);
    if (size > MOST_FILE_BYTES) throw new Error(`it has ${size} bytes`);
    return secretsOf(await file.readFile('utf8'));
  } catch (cause) {
    throw new Error(`the secret in ${path} cannot be used; restore it, or remove it to sign everybody out`, { cause });
  }
};
