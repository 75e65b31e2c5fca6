// Holds every reply of a native route to the codes that the documents say it may fail with.

import { codesOf } from '../../src/http/codes.ts';
import { routes } from '../../src/http/routes/index.ts';

const declared = routes.map((route) => ({
  method: route.method,
  path: new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}$`),
  codes: new Set<string>(codesOf(route)),
}));

/** @throws for a code that the route of `method` and `path` does not declare */
export const checkDeclared = (method: string, path: string, code: unknown): void => {
  const route = declared.find((one) => one.method === method && one.path.test(path.split('?')[0]!));
  // A port of operators has few routes.
  if (route === undefined || typeof code !== 'string' || code === 'not-found' || route.codes.has(code)) return;
  throw new Error(`${method} ${path} failed with ${code}, which its route does not declare`);
};
