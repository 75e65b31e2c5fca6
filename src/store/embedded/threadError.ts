// How an error crosses threads: of its own it keeps nothing but its name, its message and its cause.

/** The same error, with the codes of SQLite or of the system in its cause. */
export function withCodes(error: unknown): Error {
  const given = error instanceof Error ? error : new Error(String(error));
  const codes = { ...given };
  if (Object.keys(codes).length > 0) given.cause = codes;
  return given;
}
