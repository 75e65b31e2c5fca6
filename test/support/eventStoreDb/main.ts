// Runs the stand-in alone: `node test/support/eventStoreDb/main.ts --port 2113 --file /tmp/log.sqlite`.

import { parseArgs } from 'node:util';
import { startEventStoreDb } from './startEventStoreDb.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, file: { type: 'string' } } });
if (!values.file) throw new Error('--file: where the events are kept');
const server = await startEventStoreDb({ file: values.file, port: Number(values.port) });
process.stdout.write(`${server.url}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
