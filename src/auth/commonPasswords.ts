// Estimates how soon a guesser finds a password. Loaded in the password thread, at the first new password: its words take
// some tenths of a second and 7 MB.

/** An attacker who begins with the likeliest passwords tries fewer than these before a common one. */
const GUESSES = 100_000;
/** Characters that count: the estimate takes time that grows with the square of the length. */
const CHECKED = 32;

/** Tells whether a password is common: a known one, a small change of one, a pattern, a row of keys or a date. */
export const loadCommonPasswords = async (): Promise<(password: string) => boolean> => {
  const [{ ZxcvbnFactory }, { dictionary, adjacencyGraphs }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const estimator = new ZxcvbnFactory({
    dictionary: { passwords: dictionary['passwords-common'] },
    graphs: adjacencyGraphs,
    maxLength: CHECKED,
  });
  return (password) => {
    const { guesses, sequence } = estimator.check(password.slice(0, CHECKED));
    // A short random text is guessed soon too, but is in nobody's list.
    return guesses < GUESSES && sequence.some(({ pattern }) => pattern !== 'bruteforce');
  };
};
