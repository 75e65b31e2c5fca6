// Loaded before the program's own code (`node --import`): its history is then the plain one beside this file.

import { registerHooks } from 'node:module';

const url = (path: string): string => new URL(path, import.meta.url).href;
const [user, own, plain] = [url('../../src/stores.ts'), url('../../src/history/history.ts'), url('./history.ts')];

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    return found.url === own && context.parentURL === user ? { ...found, url: plain } : found;
  },
});
