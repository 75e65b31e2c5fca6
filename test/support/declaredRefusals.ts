// Holds every reply of a native route to the refusals that its command declares.

import { type RefusalCode, refusalCodes } from '../../src/domain/refused.ts';
import { routes } from '../../src/http/routes/index.ts';

const declared = routes.flatMap(({ method, path, refuses, access }) =>
  refuses === undefined
    ? []
    : [{ method, path: new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`), access, codes: new Set<string>(refuses) }],
);

const isRefusal = (code: unknown): code is RefusalCode => (refusalCodes as readonly unknown[]).includes(code);

/** @throws for a code that the route of `method` and `path` does not declare */
export const checkDeclared = (method: string, path: string, code: unknown): void => {
  if (!isRefusal(code)) return;
  const route = declared.find((one) => one.method === method && one.path.test(path.split('?')[0]!));
  if (route === undefined || route.codes.has(code)) return;
  if (route.access !== 'public' && ['signed-out', 'not-permitted', 'scope-missing'].includes(code)) return;
  throw new Error(`${method} ${path} refused with ${code}, which its command does not declare`);
};
