// Why the node cannot be used: what it said, or the connection to it, and what an operator can do.

import { Said } from '../cause.ts';

/** As the client gives it: a code of gRPC, and a message that begins with it. */
interface Failure {
  readonly code: number;
  readonly message: string;
}

const DENIED = 7;
const UNAUTHENTICATED = 16;
const MOST = 160;

const isFailure = (error: unknown): error is Failure =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' && /^\d+ [A-Z_]+:/.test(error.message);

/** Without addresses, which are not for everybody who reads `/readyz`, and without what differs each time. */
const wordsOf = ({ message }: Failure): string =>
  message
    .replace(/^\d+ /, '')
    .replace(/No connection established\. Last error: (Error: )?/, '')
    .replace(/\.?\s{0,9}Resolution note:[\s\S]*$/, '')
    .replace(/\s{0,9}\(\d{4}-\d\d-\d\dT[^)]*\)/g, '')
    .replace(/[0-9A-F]{1,32}:error:\w+:([^:]+):[^:]*:([^:]+):[\s\S]*$/, '$1, $2')
    .replace(/(?:dns:)?[\w.-]{0,253}\w:\d{1,5}\b|\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '…')
    .slice(0, MOST)
    .replace(/[\s:]{1,200}$/, '');

const adviceOn = ({ code, message }: Failure, url: string): string => {
  const hasTls = !/[?&]tls=false\b/i.test(url);
  if (code === UNAUTHENTICATED) return 'Check the user and the password in EVENTSTORE_URL';
  if (code === DENIED) {
    if (!hasTls)
      return 'The node wants a user. Give EVENTSTORE_URL one with its password, and tls=true: it goes over TLS only';
    return /\/\/[^@/]+@/.test(url)
      ? 'Let the user of EVENTSTORE_URL read $all: docs/operations.md says how'
      : 'The node wants a user. Give EVENTSTORE_URL one with its password: esdb://user:password@…';
  }
  if (/certificate|altnames|CERT_/i.test(message))
    return "Name the file of the certificate's authority in EVENTSTORE_URL: tlsCAFile=…";
  if (/wrong version number|EPROTO|packet length/i.test(message))
    return 'The node speaks no TLS: add tls=false to EVENTSTORE_URL';
  if (/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|Name resolution failed/.test(message))
    return 'Check the address in EVENTSTORE_URL, and that the node runs; of a cluster, also the addresses that its nodes give';
  if (hasTls) return 'The server tries again; if this lasts, the log of the node says more';
  return 'The server tries again; if this lasts, see whether the node speaks TLS: then take tls=false out of EVENTSTORE_URL';
};

/** The error in words for operators, with its code, if it is one of the node or of the connection to it. `url`: its address. */
export const saidBy = (error: unknown, url: string): unknown =>
  isFailure(error)
    ? Object.assign(new Said(`EventStoreDB says ${wordsOf(error)}. ${adviceOn(error, url)}`, { cause: error }), {
        code: error.code,
      })
    : error;
