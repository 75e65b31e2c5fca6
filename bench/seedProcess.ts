// node bench/seedProcess.ts <folder> <seed as JSON>: fills a store and prints what is in it.

import { type Seed, seedStore } from './seed.ts';

const [dataDir = '', seed = ''] = process.argv.slice(2);
console.log(JSON.stringify(await seedStore(dataDir, JSON.parse(seed) as Seed)));
