// An error as the operator reads it.

import { titleOf } from './api/failureCodes.ts';
import { Refused } from './domain/refused.ts';

export const inWords = (error: unknown): string => {
  if (error instanceof Refused) return titleOf[error.code];
  return error instanceof Error ? error.message : String(error);
};
