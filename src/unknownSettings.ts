// Finds names in the environment that were meant as settings. Most variables there belong to other programs, so a name counts
// only if it is nearly one of ours, or a word that people often use for one of ours.

import { distance } from 'fastest-levenshtein';

/** Shorter names are near too many words of other programs. */
const LEAST = 8;
/** Names of so many letters may differ in two. */
const LONG = 10;

/** What other programs call the same thing. */
const ALIASES: Readonly<Record<string, string>> = {
  ALLOWED_ORIGINS: 'CORS_ORIGINS',
  BCRYPT_ROUNDS: 'BCRYPT_COST',
  CORS_ALLOWED_ORIGINS: 'CORS_ORIGINS',
  CORS_ALLOW_ORIGIN: 'CORS_ORIGINS',
  CORS_ALLOW_ORIGINS: 'CORS_ORIGINS',
  DATA_DIRECTORY: 'DATA_DIR',
  DATA_FOLDER: 'DATA_DIR',
  ESDB_URL: 'EVENTSTORE_URL',
  EVENTSTOREDB_URI: 'EVENTSTORE_URL',
  EVENTSTORE_CONNECTION_STRING: 'EVENTSTORE_URL',
  MAX_BODY_SIZE: 'MAX_BODY',
  MAX_FILE_SIZE: 'MAX_UPLOAD',
  MAX_FRAME_SIZE: 'MAX_FRAME',
  MAX_UPLOAD_SIZE: 'MAX_UPLOAD',
  MONGODB_CONNECTION_STRING: 'MONGODB_URL',
  MONGO_URI: 'MONGODB_URL',
  SMTP_FROM: 'MAIL_FROM',
  TRUSTED_PROXY: 'TRUSTED_PROXIES',
  TRUST_PROXY: 'TRUSTED_PROXIES',
  UPLOAD_LIMIT: 'MAX_UPLOAD',
};

const letters = (name: string): string => [...name].toSorted().join('');

const isNear = (name: string, ours: string): boolean => {
  if (Math.abs(name.length - ours.length) > 2) return false;
  const apart = distance(name, ours);
  // Two letters that changed places count as two.
  return apart <= 1 || (apart === 2 && (ours.length >= LONG || letters(name) === letters(ours)));
};

/** Begins the names of all limits by rate, and of nothing else. */
const LIMIT = 'LIMIT_';

const nearest = (name: string, known: readonly string[]): string =>
  known.reduce((best, each) => (distance(name, each) < distance(name, best) ? each : best));

/** The setting that a variable was perhaps meant as. */
const meantBy = (variable: string, known: readonly string[]): string | undefined => {
  const name = variable
    .toUpperCase()
    .replace(/^VERBATIM_/, '')
    .replaceAll('-', '_');
  const alias = ALIASES[name];
  if (alias !== undefined) return alias;
  const alike = known.filter((ours) => ours.length >= LEAST && isNear(name, ours));
  if (alike.length > 0) return nearest(name, alike);
  return name.startsWith(LIMIT)
    ? nearest(
        name,
        known.filter((ours) => ours.startsWith(LIMIT)),
      )
    : undefined;
};

/**
 * An error for each variable that was meant as one of the settings `known`, and is none. If the setting is there too, the
 * variable is that of another program.
 */
export const unknownSettings = (
  environment: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): readonly string[] =>
  Object.keys(environment).flatMap((variable) => {
    if (known.includes(variable) || !environment[variable]) return [];
    const meant = meantBy(variable, known);
    if (meant === undefined || environment[meant] !== undefined) return [];
    return [
      `${variable}: there is no such setting. Did you mean ${meant}? If another program needs it, set ${meant} too`,
    ];
  });
