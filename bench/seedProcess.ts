// node bench/seedProcess.ts <folder> <seed as JSON> [<settings as JSON>]: fills a store and prints what is in it.

import { type Seed, seedStore } from './seed.ts';

const [dataDir = '', seed = '', settings = '{}'] = process.argv.slice(2);
console.log(
  JSON.stringify(await seedStore(dataDir, JSON.parse(seed) as Seed, JSON.parse(settings) as Record<string, string>)),
);
