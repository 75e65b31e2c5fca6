// The thread that owns the writing connection of one file of views, so that no write and no sync stalls the main thread.

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

export type Request =
  | { readonly batch: readonly Rows[]; readonly to: Checkpoint }
  | 'open'
  | 'takeInWords'
  | 'scrub'
  | 'end'
  | 'close';

answerRequests(({ file, shape, isBuild }: ThreadData) => {
  const open = isBuild ? openBuild : openLive;
  let writer: ReturnType<typeof open> | undefined;
  return (request: Request) => {
    writer ??= open(file, viewShape(shape));
    if (request === 'end') writer.end();
    else if (request === 'close') writer.close();
    else if (request === 'scrub') writer.scrub();
    else if (request === 'takeInWords') writer.takeInWords();
    else if (request !== 'open') writer.apply(request.batch, request.to);
  };
});
