// The thread that owns the writing connection of one file of views; every write and every sync happens here, so that
// neither stalls the main thread. It answers requests in order, each with `{}` or with what went wrong.

import { parentPort, workerData } from 'node:worker_threads';
import type { Checkpoint, Collection } from '../ports.ts';
import { withCodes } from './threadError.ts';
import type { Rows } from './viewRows.ts';
import { viewShape } from './viewSchema.ts';
import { openBuild, openLive, type ViewWriting } from './viewWriting.ts';

/** What the thread is started with. `build`: the file is new and nobody reads it before `finish`. */
export interface ThreadData {
  readonly file: string;
  readonly collections: readonly Collection[];
  readonly build: boolean;
}

export type Request =
  | { readonly ask: 'open' }
  /** Takes the batch, and moves the checkpoint from `from` to `to`. */
  | { readonly ask: 'apply'; readonly batch: readonly Rows[]; readonly from: number; readonly to: Checkpoint }
  | { readonly ask: 'finish' }
  | { readonly ask: 'close' };

export interface Reply {
  readonly error?: Error;
}

function serve(data: ThreadData): void {
  const { file, build } = data;
  const shape = viewShape(data.collections);
  let writing: ViewWriting | undefined;
  const take = (request: Request): void => {
    if (request.ask === 'open') writing = build ? openBuild(file, shape) : openLive(file, shape);
    else if (request.ask === 'apply') writing?.apply(request.batch, request.from, request.to);
    else writing?.[request.ask]();
  };
  parentPort?.on('message', (request: Request) => {
    let reply: Reply = {};
    try {
      take(request);
    } catch (error) {
      reply = { error: withCodes(error) };
    }
    parentPort?.postMessage(reply);
  });
}

serve(workerData as ThreadData);
