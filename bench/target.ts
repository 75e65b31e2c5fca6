// A server under load: where it is, and what a client of it says.

export interface Target {
  readonly host: string;
  readonly port: number;
  /** The whole HTTP request by which the person `who` (from 0) sends `text`, which is plain ASCII. */
  request(who: number, text: string): string;
  /** The headers by which the person `who` opens a socket, and the path. */
  readonly socketPath: string;
  socketHeaders(who: number): string;
  /** What a client says first on its socket, and a word of the answer after which it hears everything. */
  readonly hello: { readonly says: string; readonly until: string } | undefined;
}

export interface Person {
  readonly userId: string;
  readonly accessToken: string;
}

export const hostOf = (url: string): { host: string; port: number } => {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
};

const post = (path: string, headers: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: bench\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** The program, with people who are members of one conversation, or each of one of their own. */
export const programTarget = (
  url: string,
  people: readonly Person[],
  conversationIds: string | readonly string[],
): Target => {
  const authorization = people.map(({ accessToken }) => `Authorization: Bearer ${accessToken}\r\n`);
  const paths = people.map((_, who) => {
    const id = typeof conversationIds === 'string' ? conversationIds : conversationIds[who];
    return `/v1/conversations/${id}/messages`;
  });
  return {
    ...hostOf(url),
    request: (who, text) => post(paths[who]!, authorization[who]!, `{"text":"${text}"}`),
    socketPath: '/v1/socket',
    socketHeaders: (who) => authorization[who]!,
    hello: { says: '{"type":"subscribe"}', until: '"caught-up"' },
  };
};

/** The bare server: durable, or only the loop over its sockets (`told` is what it writes then). */
export const bareTarget = (url: string, people: readonly Person[]): Target => ({
  ...hostOf(url),
  request: (who, text) => post('/send', '', `{"senderId":"${people[who]!.userId}","text":"${text}"}`),
  socketPath: '/',
  socketHeaders: () => '',
  hello: undefined,
});

/** The bare server's loop over its sockets, nothing else: writes `frame` to each. */
export const bareLoopTarget = (url: string, people: readonly Person[], frame: string): Target => ({
  ...bareTarget(url, people),
  request: () => post('/tell', '', frame),
});
