// What can go wrong with MongoDB: a bug of ours, which stops its work for good, or anything else, which is tried again.

import {
  BSON,
  MongoBulkWriteError,
  MongoInvalidArgumentError,
  MongoMissingDependencyError,
  MongoParseError,
  MongoServerError,
} from 'mongodb';
import { Said } from '../cause.ts';
import { isBug, Missing, Switched, TooLarge, Unavailable } from '../ports.ts';

/**
 * Errors of the driver that the same call would meet again, wherever the server is. The list is of bugs and not of outages: servers know
 * some 500 codes, and new ones with every version, so a list of outages always lacks the next.
 */
const BUGS = [BSON.BSONError, MongoInvalidArgumentError, MongoMissingDependencyError, MongoParseError];
/** Answers of the port: whoever threw them has decided already. */
const ANSWERS = [Missing, Switched, TooLarge, Unavailable];

/** The driver makes an answer of a server of every error that ends a bulk write, also of a bug and of a broken socket. */
const unwrap = (error: unknown): unknown =>
  error instanceof MongoBulkWriteError && error.errorResponse instanceof Error ? error.errorResponse : error;

/** Whether no repetition helps. False for whatever a server says, and for every failure on the way to it. */
export const isOurs = (error: unknown): boolean => {
  const thrown = unwrap(error);
  return isBug(thrown) || [...BUGS, ...ANSWERS].some((kind) => thrown instanceof kind);
};

export const DUPLICATE_KEY = 11000;

export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === DUPLICATE_KEY;

/** The failed operations of a bulk write: their places in it and why. */
export const writeErrorsOf = ({ writeErrors }: MongoBulkWriteError) => [writeErrors].flat();

const ELECTION = 'no member is primary just now. The server tries again; if this lasts, check the replica set';
const ACCOUNT = 'check user, password and `authSource` in MONGODB_URL';
const MEMBERS = 'too few members of the replica set confirm writes: check them';
const DISK = 'make room on the disk of MongoDB';
const LIMIT = 'a document is too large for MongoDB: report this';
const LACKING = 'this server lacks what Verbatim needs: use MongoDB 6 or FerretDB 2.5, or a newer one';
/** FailedToParse, TypeMismatch, CommandNotFound, InvalidOptions, CommandNotSupported, InvalidPipelineOperator, NotImplemented; a stage. */
const LACKS = [9, 14, 59, 72, 115, 168, 238, 40324];
const ADVICE: Readonly<Record<number, string>> = {
  ...Object.fromEntries(LACKS.map((code) => [code, LACKING])),
  8: ACCOUNT,
  13: 'give the user of MONGODB_URL the role `readWrite` on the database',
  18: ACCOUNT,
  64: MEMBERS,
  91: ELECTION,
  100: MEMBERS,
  189: ELECTION,
  10107: ELECTION,
  10334: LIMIT,
  11600: ELECTION,
  11602: ELECTION,
  13435: ELECTION,
  13436: ELECTION,
  14031: DISK,
};
const AGAIN = 'the server tries again; if this lasts, the log of MongoDB says more';

/** An answer that says no, as far as it says why. */
interface Refusal {
  readonly code?: unknown;
  readonly codeName?: unknown;
  readonly errmsg?: unknown;
}

/** The driver gives the answer to a bulk write as a plain object, or hides it behind the write that failed. */
const refusalOf = (error: MongoServerError): Refusal => {
  if (!(error instanceof MongoBulkWriteError))
    return { code: error.code, codeName: error.codeName, errmsg: error.message };
  const [failed] = writeErrorsOf(error);
  const {
    code,
    codeName,
    errmsg = error.message,
  }: Refusal = failed ?? error.result.getWriteConcernError()?.toJSON() ?? error.errorResponse;
  return { code: code ?? error.code, codeName, errmsg };
};

const MOST = 160;
/** What a server quotes from a request, and addresses: neither is for everybody who reads `/readyz`. */
const QUOTED = /\{[\s\S]*|"[^"]*"|'[^']*'|`[^`]*`|\S{1,300}:\d+|\d{1,3}(?:\.\d{1,3}){3}/g;

/** What the server said, for operators: the name and the number of the error, its text, and what to do. */
const wordsOf = (error: MongoServerError): string => {
  const { code, codeName, errmsg } = refusalOf(error);
  const name = [codeName, code].filter((part) => part !== undefined).join(' ');
  const text = String(errmsg).replace(QUOTED, '…').slice(0, MOST).trim().replace(/\.$/, '');
  return `MongoDB says ${name}: ${text}. ${ADVICE[Number(code)] ?? AGAIN}`;
};

/** What the server said, also where the driver only tells what it did about it, as when it has dropped its connections. */
const refusedBy = (error: unknown): MongoServerError | undefined => {
  const thrown = unwrap(error);
  if (thrown instanceof MongoServerError) return thrown;
  return thrown instanceof Error && thrown.cause !== undefined ? refusedBy(thrown.cause) : undefined;
};

/** Whether the server lacks what was asked for: it answers the same the next time. */
export const isLack = (error: unknown): boolean => {
  const refused = refusedBy(error);
  return refused !== undefined && LACKS.includes(Number(refusalOf(refused).code));
};

/** The outage behind an error, without the request that the server quotes, which holds what people wrote. */
export const outage = (store: 'views' | 'blobs' | 'keys', error: unknown): Unavailable => {
  const refused = refusedBy(error);
  return new Unavailable(store, refused === undefined ? unwrap(error) : new Said(wordsOf(refused)));
};
