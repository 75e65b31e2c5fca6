// The contents of an export: batches of lines of CloudEvents, the files that they name if wanted, and, written last, a signed
// manifest. While an export is under way, a file says how far it is.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SigningKey, Verifier } from '../auth/signing.ts';
import { writeDurably } from '../store/embedded/durable.ts';
import { UsageError } from './verb.ts';

export const FORMAT = 1;
/** Bytes after which a batch ends, with the line that reaches them; and bytes of a batch at most. */
export const BATCH_BYTES = 16_000_000;
export const MOST_BATCH_BYTES = 4 * BATCH_BYTES;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const base64url = z.string().regex(/^[\w-]{43}$/);

const Scope = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('log') }),
  z.strictObject({ of: z.literal('conversation'), id: z.uuid() }),
  z.strictObject({ of: z.literal('person'), id: z.uuid() }),
]);
export type Scope = z.output<typeof Scope>;

const Batch = z.strictObject({
  file: z.string().regex(/^events-\d{6}\.ndjson$/),
  events: z.int().positive(),
  /** Positions. */
  first: z.int().positive(),
  last: z.int().positive(),
  bytes: z.int().positive().max(MOST_BATCH_BYTES),
  /** Of its last line. */
  link: base64url,
});
export type Batch = z.output<typeof Batch>;

const Progress = z.strictObject({
  format: z.literal(FORMAT),
  scope: Scope,
  logId: z.uuid(),
  /** Position up to which the log is exported. */
  upTo: z.int(),
  batches: z.array(Batch),
});
export type Progress = z.output<typeof Progress>;

const Manifest = z.strictObject({
  ...Progress.shape,
  at: z.iso.datetime(),
  events: z.int(),
  /** The hash that chains the last event. Null: there is none. */
  lastHash: base64url.nullable(),
  /** The last seal in it: what was signed then, and where it lies. */
  seal: z.strictObject({ position: z.int(), jws: z.string() }).nullable(),
  /** Contents of files in it. Null: none were wanted. */
  files: z.int().nullable(),
  /** Files that were lost before. */
  missing: z.array(sha256),
});
export type Manifest = z.output<typeof Manifest>;

/** `signature`: a compact JWS with an empty payload, which is the manifest without it (RFC 7515, appendix F). */
const Signed = z.strictObject({
  ...Manifest.shape,
  signature: z
    .string()
    .regex(/^[\w-]+\.\.[\w-]+$/)
    .max(2000),
});
export type SignedManifest = z.output<typeof Signed>;

export const manifestFile = (folder: string): string => join(folder, 'manifest.json');
export const progressFile = (folder: string): string => join(folder, 'unfinished.json');
export const batchFile = (number: number): string => `events-${String(number).padStart(6, '0')}.ndjson`;

/** Undefined: there is no such file. @throws UsageError it is damaged */
const readJson = async <T extends z.ZodType>(file: string, schema: T): Promise<z.output<T> | undefined> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    return undefined;
  });
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new UsageError(`${file} is damaged, or another version of Verbatim wrote it`);
  }
};

export const readProgress = (folder: string): Promise<Progress | undefined> => readJson(progressFile(folder), Progress);

export const writeProgress = (folder: string, progress: Progress): Promise<void> =>
  writeDurably(progressFile(folder), JSON.stringify(progress));

export const hasManifest = async (folder: string): Promise<boolean> =>
  (await readJson(manifestFile(folder), z.unknown())) !== undefined;

/** Whether a folder has an export, be it complete or not. */
export const isExport = (folder: string): Promise<boolean> =>
  stat(join(folder, batchFile(1))).then(
    () => true,
    () => false,
  );

/** The text that is signed: its fields in the order of the schema. */
const signedText = (manifest: Manifest): string => JSON.stringify(Manifest.parse(manifest));

export const writeManifest = async (folder: string, manifest: Manifest, key: SigningKey): Promise<void> => {
  const [header, , signature] = (await key.sign('manifest', signedText(manifest))).split('.');
  // In the order in which it is signed, so that others need not know the order.
  const signed: SignedManifest = { ...Manifest.parse(manifest), signature: `${header}..${signature}` };
  await writeDurably(manifestFile(folder), `${JSON.stringify(signed, undefined, 2)}\n`);
};

/** Its signature is not checked yet. @throws UsageError it is missing or damaged */
export const readManifest = async (folder: string): Promise<SignedManifest> => {
  const file = manifestFile(folder);
  const found = await readJson(file, Signed);
  if (found === undefined)
    throw new UsageError(`${folder} is not a complete export: it has no ${file}, which is written last`);
  return found;
};

/** The thumbprint of the key that signed. Undefined: none that the verifier knows signed just this. */
export const signerOf = async (
  { signature, ...manifest }: SignedManifest,
  verifier: Verifier,
): Promise<string | undefined> => {
  const payload = Buffer.from(signedText(manifest)).toString('base64url');
  return (await verifier.read('manifest', signature.replace('..', `.${payload}.`)))?.kid;
};
