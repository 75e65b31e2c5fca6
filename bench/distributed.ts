// npm run bench -- --distributed: the program on EventStoreDB, alone and as two processes with MongoDB, beside the same client
// library alone. Everything runs on this machine, as many parts as it has; `node bench/distributed.ts` runs it alone.

import { parseArgs } from 'node:util';
import { twoProcesses } from './distributed/pair.ts';
import { reconnectOnEventStoreDb } from './distributed/reconnect.ts';
import { sendsOnEventStoreDb } from './distributed/sends.ts';
import type { DistributedSizes } from './distributed/site.ts';
import { type Figure, tableOf } from './figure.ts';

export const full: DistributedSizes = {
  rounds: 3,
  seconds: 4,
  inFlight: 64,
  messages: 400,
  pause: 20,
  takeOvers: 3,
  sockets: 1000,
  missed: 4000,
};
export const tiny: DistributedSizes = {
  rounds: 1,
  seconds: 0.3,
  inFlight: 4,
  messages: 5,
  pause: 5,
  takeOvers: 1,
  sockets: 5,
  missed: 20,
};

const parts = { sends: sendsOnEventStoreDb, reconnect: reconnectOnEventStoreDb, two: twoProcesses } as const;

/** @throws Error there is no MongoDB server, and why */
export const distributed = async (sizes: DistributedSizes): Promise<readonly Figure[]> => {
  const figures: Figure[] = [];
  for (const part of Object.values(parts)) figures.push(...(await part(sizes)));
  return figures;
};

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { tiny: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const names = positionals.length > 0 ? positionals : Object.keys(parts);
  for (const name of names) console.log(tableOf(await parts[name as keyof typeof parts](values.tiny ? tiny : full)));
}
