// The thread that owns the writing connection of one file of views, so that no write and no sync stalls the main thread.
// It answers requests in order, each with `undefined` or with what went wrong.

import { parentPort, workerData } from 'node:worker_threads';
import type { Checkpoint, Collection } from '../ports.ts';
import { withCodes } from './threadError.ts';
import { viewShape } from './viewSchema.ts';
import type { Rows } from './viewTables.ts';
import { openBuild, openLive, type ViewWriter } from './viewWriter.ts';

export interface ThreadData {
  readonly file: string;
  readonly collections: readonly Collection[];
  /** The file is new, and nobody reads it before the end. */
  readonly build: boolean;
}

export type Request = { readonly batch: readonly Rows[]; readonly to: Checkpoint } | 'end';

const { file, collections, build } = workerData as ThreadData;
const open = build ? openBuild : openLive;
let writer: ViewWriter | undefined;

parentPort!.on('message', (request: Request) => {
  let failure: Error | undefined;
  try {
    writer ??= open(file, viewShape(collections));
    if (request === 'end') writer.end();
    else writer.apply(request.batch, request.to);
  } catch (error) {
    failure = withCodes(error);
  }
  parentPort!.postMessage(failure);
});
