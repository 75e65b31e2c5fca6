// The path and query of a handshake, and the patterns of the mounts.

export interface SocketPath {
  /** Parts of the path between slashes, decoded; without the empty one after a last slash. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

export type Params = Readonly<Record<string, string>>;

/** Undefined: no path, or not decodable. */
export const parsePath = (url: string): SocketPath | undefined => {
  if (!url.startsWith('/')) return undefined;
  const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
  try {
    const segments = path.slice(1).replace(/\/$/, '').split('/').map(decodeURIComponent);
    return { segments, query: new URLSearchParams(query) };
  } catch {
    return undefined;
  }
};

/** From a pattern as `/ws/chat/:slug` to what its named parts are in a path; undefined: another path. */
export const matcherOf = (pattern: string): ((segments: readonly string[]) => Params | undefined) => {
  const parts = pattern.replace(/^\//, '').replace(/\/$/, '').split('/');
  return (segments) => {
    if (segments.length !== parts.length) return undefined;
    const params: Record<string, string> = {};
    for (const [i, part] of parts.entries()) {
      const segment = segments[i]!;
      if (!part.startsWith(':')) {
        if (part !== segment) return undefined;
      } else if (segment === '') return undefined;
      else params[part.slice(1)] = segment;
    }
    return params;
  };
};
