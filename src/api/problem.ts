// RFC 9457 problem details: how the native API words a failure in a body.

import { type FailureCode, statusOf, titleOf } from './failureCodes.ts';

export const PROBLEM = 'application/problem+json';

export const problemOf = (code: FailureCode) => ({
  type: `/docs#${code}`,
  title: titleOf[code],
  status: statusOf[code],
  code,
});
