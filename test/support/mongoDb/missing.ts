// In place of the tests over EventStoreDB and MongoDB where there is no server for them: says so in their report.

import { describe, it } from 'vitest';
import { whyNoMongo } from './startMongo.ts';

const why = whyNoMongo() ?? 'there is a server';

console.warn(`HTTP, sockets and dialects over EventStoreDB and MongoDB: skipped, ${why}`);
describe('HTTP, sockets and dialects over EventStoreDB and MongoDB', () => it.skip(why));
