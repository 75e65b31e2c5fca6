// The log that the views were made from.

import type { DataOf } from '../domain/events.ts';
import { THE_LOG } from '../domain/streams.ts';
import { changesOf, type Projection } from './projection.ts';

export interface LogDoc {
  readonly id: typeof THE_LOG;
  readonly logId: string;
}

const named = ({ data: { logId } }: { readonly data: Pick<DataOf<'LogBegun'>, 'logId'> }) => [
  changesOf('log').put({ id: THE_LOG, logId }),
];

export const log: Projection = {
  collection: { name: 'log', indexes: [] },
  on: { LogBegun: named, LogCopied: named, LogRestored: named },
};
