// Paths written as Django writes them: `/api/<int:id>/update/`. Clients may leave out the slash at the end.

import { int } from './text.ts';

/** The types of the parameters of a path. */
export type Params<P extends string> = P extends `${string}<${infer Kind}:${infer Name}>${infer Rest}`
  ? { readonly [N in Name]: Kind extends 'int' | 'number' ? number : string } & Params<Rest>
  : unknown;

const kinds = {
  int: { pattern: '0*[0-9]{1,15}', read: Number },
  /** Any segment; 0, a number that nothing has, where it is no number. */
  number: { pattern: '[^/]+', read: (text: string) => int(text) ?? 0 },
  slug: { pattern: '[-a-zA-Z0-9_]+', read: String },
  str: { pattern: '[^/]+', read: String },
} as const;

export type PathMatcher = (path: string) => Readonly<Record<string, string | number>> | undefined;

/** A matcher of decoded paths. Parameters: `int` (digits), `number`, `slug`, `str` (all but a slash). */
export const pathMatcher = (path: string): PathMatcher => {
  const kindOf: Record<string, keyof typeof kinds> = {};
  const source = path
    .replace(/\/$/, '')
    .replaceAll('.', '\\.')
    .replace(/<(\w+):(\w+)>/g, (_, kind: keyof typeof kinds, name: string) => {
      kindOf[name] = kind;
      return `(?<${name}>${kinds[kind].pattern})`;
    });
  const pattern = new RegExp(`^${source}/?$`, 'u');
  return (given) => {
    const found = pattern.exec(given);
    if (!found) return undefined;
    const params = Object.entries(found.groups ?? {});
    return Object.fromEntries(params.map(([name, text]) => [name, kinds[kindOf[name]!].read(text)]));
  };
};
