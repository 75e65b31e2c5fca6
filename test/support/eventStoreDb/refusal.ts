// Why a node refuses an append, a read or a delete.

export type Expected = number | 'no_stream' | 'any' | 'stream_exists';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason:
    | 'wrong-expected-version'
    | 'stream-deleted'
    | 'maximum-append-size-exceeded'
    | 'timeout'
    | 'access-denied';
  readonly expected: Expected | undefined;
  readonly actual: number | undefined;
  constructor(reason: Refusal['reason'], expected?: Expected, actual?: number) {
    super(reason);
    this.reason = reason;
    this.expected = expected;
    this.actual = actual;
  }
}
