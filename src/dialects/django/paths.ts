// Paths written as Django writes them: `/api/<int:id>/update/`. Clients may leave out the slash at the end.

import { int } from './text.ts';

/** What the parameters of a path are read as. */
export type Params<P extends string> = P extends `${string}<${infer Kind}:${infer Name}>${infer Rest}`
  ? { readonly [N in Name]: Kind extends 'int' | 'number' ? number : string } & Params<Rest>
  : unknown;

type Kind = 'int' | 'number' | 'slug' | 'str';

interface Converter {
  readonly pattern: string;
  readonly read: (text: string) => string | number | undefined;
}

const same = (text: string): string => text;

const converters: Readonly<Record<Kind, Converter>> = {
  int: {
    pattern: '[0-9]+',
    read: (text) => {
      const value = Number(text);
      return Number.isSafeInteger(value) ? value : undefined;
    },
  },
  /** Any segment; 0, which is nobody's number, where it is no number. */
  number: { pattern: '[^/]+', read: (text) => int(text) ?? 0 },
  slug: { pattern: '[-a-zA-Z0-9_]+', read: same },
  str: { pattern: '[^/]+', read: same },
};

export type PathMatcher = (path: string) => Readonly<Record<string, string | number>> | undefined;

/** A matcher of decoded paths. Parameters: `int` (digits), `number`, `slug`, `str` (all but a slash). */
export const pathMatcher = (path: string): PathMatcher => {
  const kinds: { readonly name: string; readonly read: Converter['read'] }[] = [];
  const source = path
    .replace(/\/$/, '')
    .split(/(<\w+:\w+>)/)
    .map((part) => {
      const found = /^<(\w+):(\w+)>$/.exec(part);
      if (!found) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      const { pattern, read } = converters[found[1] as Kind];
      kinds.push({ name: found[2]!, read });
      return `(${pattern})`;
    })
    .join('');
  const pattern = new RegExp(`^${source}/?$`, 'u');
  return (given) => {
    const found = pattern.exec(given);
    if (!found) return undefined;
    const params = kinds.map(({ name, read }, i) => [name, read(found[i + 1]!)] as const);
    return params.some(([, value]) => value === undefined)
      ? undefined
      : (Object.fromEntries(params) as Record<string, string | number>);
  };
};

/** The path with its escapes decoded; undefined where one is invalid. */
export const decodePath = (path: string): string | undefined => {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
};
