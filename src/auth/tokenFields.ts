// What ids and counts in a token must be.

const ID = /^[\w-]{1,128}$/;

export const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
