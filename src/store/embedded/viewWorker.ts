// The thread that owns the writing connection of one file of views, so that no write and no sync stalls the main thread.

import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import type { Checkpoint, Shape } from '../ports.ts';
import { answerRequests } from './thread.ts';
import { viewShape } from './viewSchema.ts';
import type { Rows } from './viewTables.ts';
import { openBuild, openLive } from './viewWriter.ts';

export interface ThreadData {
  readonly file: string;
  readonly shape: Shape;
  /** The file is new, and nobody reads it before the end. */
  readonly isBuild: boolean;
}

export type Request = { readonly batch: readonly Rows[]; readonly to: Checkpoint } | 'scrub' | 'end';

/** A build may take the processor when nobody else wants it. Linux alone has priorities of threads. */
const yieldToOthers = (): void => {
  if (process.platform !== 'linux') return;
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
};

answerRequests(({ file, shape, isBuild }: ThreadData) => {
  if (isBuild) yieldToOthers();
  const open = isBuild ? openBuild : openLive;
  let writer: ReturnType<typeof open> | undefined;
  return (request: Request) => {
    writer ??= open(file, viewShape(shape));
    if (request === 'end') writer.end();
    else if (request === 'scrub') writer.scrub();
    else writer.apply(request.batch, request.to);
  };
});
