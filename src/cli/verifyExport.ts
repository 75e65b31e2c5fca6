// Checks an export before anybody relies on it: every line, the chains and seals of a whole log, and who signed the manifest.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createVerifier, type PublicKey, type Verifier } from '../auth/signing.ts';
import { closeAfter } from '../closing.ts';
import { verifyLog } from '../commands/verifyLog.ts';
import type { Seal } from '../domain/seal.ts';
import type { End, Fault } from '../history/eventCheck.ts';
import { createSpilledMap } from '../store/embedded/spilledMap.ts';
import { blobsDirectory } from '../stores.ts';
import { hashesOf, hasWhole } from './backupFolder.ts';
import { firstDamaged } from './exportedFiles.ts';
import { manifestFile, readManifest, type SignedManifest, signerOf } from './exportFolder.ts';
import { exportAsLog, exportedIn, type Facts, gatherFacts } from './exportReader.ts';
import { progressBar, showingEach } from './progressBar.ts';
import { UsageError } from './verb.ts';
import { visible } from './visible.ts';

/** As `GET /v1/audit/keys` answers. */
const Keys = z.object({ items: z.array(z.object({ kid: z.string(), x: z.string() })).max(10_000) });

/** Public keys that somebody kept. @throws UsageError */
export const readKeys = async (file: string): Promise<readonly PublicKey[]> => {
  try {
    return Keys.parse(JSON.parse(await readFile(file, 'utf8'))).items;
  } catch (cause) {
    throw new UsageError(`${file} does not hold keys as GET /v1/audit/keys gives them`, { cause });
  }
};

export const inWords = ({ from, to, what }: Fault): string =>
  `at position ${from}${to > from ? ` to ${to}` : ''}: ${visible(what)}`;

interface Options {
  /** Undefined: those that the log itself names. */
  readonly trusted?: readonly PublicKey[] | undefined;
  /** Kept elsewhere. */
  readonly outside?: readonly Seal[];
}

export interface VerifiedExport {
  readonly manifest: SignedManifest;
  readonly facts: Facts;
  /** Thumbprint of the key that signed the manifest. Undefined: it was not checked, since no key is known. */
  readonly signedBy: string | undefined;
  readonly seals: number;
  /** Events that a seal covers. */
  readonly sealed: number;
}

/** The chains and the seals of a whole log. @throws UsageError naming the first position that does not fit */
const verifyWhole = async (
  folder: string,
  manifest: SignedManifest,
  facts: Facts,
  verifier: Verifier,
  options: Options,
) => {
  const log = exportAsLog(folder, manifest);
  const noting: typeof log = {
    ...log,
    readLog: async (...range) => {
      const page = await log.readLog(...range);
      for (const event of page) facts.note(event);
      return page;
    },
  };
  const { trusted, outside = [] } = options;
  const bar = progressBar('check events', manifest.events);
  const head = await log.head();
  const { fault, ...found } = await closeAfter(createSpilledMap<End>(), (ends) =>
    verifyLog(noting, {
      head,
      outside,
      ends,
      verifier,
      trusted: trusted && new Set(trusted.map(({ kid }) => kid)),
      onProgress: (_, events) => bar.update(events),
    }),
  );
  bar.finish(found.events);
  if (fault !== undefined) throw new UsageError(`${folder}: ${inWords(fault)}`);
  if (facts.logId !== manifest.logId)
    throw new UsageError(`the manifest in ${folder} names another log than the lines`);
  return found;
};

const verifyPart = async (folder: string, manifest: SignedManifest, facts: Facts) => {
  const bar = progressBar('check events', manifest.events);
  for await (const event of exportedIn(folder, manifest)) {
    facts.note(event);
    bar.update(facts.told.events);
  }
  bar.finish(manifest.events);
  return { seals: 0, sealed: 0 };
};

/** @throws UsageError naming the first file that is not what it was */
const checkFiles = async (folder: string, { scope, files, missing }: SignedManifest, facts: Facts): Promise<void> => {
  if (files === null || facts.files().size === 0) return;
  let damaged: string | undefined;
  if (scope.of === 'log')
    await showingEach('check files', hashesOf({ files: facts.files() }, missing), async (hash) => {
      if (damaged === undefined && !(await hasWhole(folder, hash))) damaged = join(blobsDirectory(folder), hash);
    });
  else {
    const lost = new Set(missing);
    damaged = await firstDamaged(
      folder,
      facts.contents().filter(({ hash }) => !lost.has(hash)),
    );
  }
  if (damaged !== undefined) throw new UsageError(`${damaged} is missing, or its content was changed`);
};

/** Reads all of it, and shows how far it is. @throws UsageError naming the first thing that is not as it was written */
export const verifyExport = async (folder: string, options: Options = {}): Promise<VerifiedExport> => {
  const manifest = await readManifest(folder);
  const isWhole = manifest.scope.of === 'log';
  const facts = gatherFacts();
  const verifier = createVerifier();
  for (const key of options.trusted ?? [])
    if (!verifier.add(key)) throw new UsageError(`the key ${key.kid} is not the one that its thumbprint names`);
  const found = isWhole
    ? await verifyWhole(folder, manifest, facts, verifier, options)
    : await verifyPart(folder, manifest, facts);
  await checkFiles(folder, manifest, facts);
  const signedBy = await signerOf(manifest, verifier);
  // A part does not say which keys its server has.
  if (signedBy === undefined && (isWhole || options.trusted !== undefined))
    throw new UsageError(`${manifestFile(folder)} is not what was signed, or a key signed it that you do not trust`);
  const differs = (['events', 'lastHash', 'seal'] as const).find(
    (fact) => JSON.stringify(facts.told[fact]) !== JSON.stringify(manifest[fact]),
  );
  if (differs !== undefined)
    throw new UsageError(`the manifest in ${folder} has another \`${differs}\` than the lines`);
  return { manifest, facts, signedBy, ...found };
};
