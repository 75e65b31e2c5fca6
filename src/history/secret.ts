// The private part of an event as it lies in its data: the last field, with the ids of the keys that open it.

const SECRET = ',"secret":"';

/** `keyIds`: of the part's own key and of a person's; empty: it needs none of that kind. */
export const secretOf = (keyIds: readonly string[], encrypted: string): string => [...keyIds, encrypted].join('.');

export const partsOf = (secret: string) => {
  const parts = secret.split('.');
  return { keyIds: parts.slice(0, -1).filter((id) => id !== ''), encrypted: parts.at(-1)! };
};

/** `data`: a JSON object with a field at least. */
export const withSecret = (data: string, secret: string): string => `${data.slice(0, -1)}${SECRET}${secret}"}`;

/** Undefined: the event has no private part. */
export const secretIn = (data: string): string | undefined => {
  const at = data.lastIndexOf(SECRET);
  return at === -1 ? undefined : data.slice(at + SECRET.length, -2);
};
