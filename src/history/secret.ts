// The private part of an event as it lies in its data: the last field, with the names of the keys that open it.

const SECRET = ',"secret":"';

/** `own`, `subject`: the names of the part's own key and of a person's; empty: it needs none of that kind. */
export const secretOf = (own: string, subject: string, encrypted: string): string => `${own}.${subject}.${encrypted}`;

export const partsOf = (secret: string) => {
  const parts = secret.split('.');
  return { keyNames: parts.slice(0, -1).filter((name) => name !== ''), encrypted: parts.at(-1)! };
};

/** The name of the key that the part has to itself. Undefined: it has none. */
export const ownKeyIn = (secret: string): string | undefined => secret.slice(0, secret.indexOf('.')) || undefined;

/** `data`: a JSON object with a field at least. */
export const withSecret = (data: string, secret: string): string => `${data.slice(0, -1)}${SECRET}${secret}"}`;

/** Undefined: the event has no private part. */
export const secretIn = (data: string): string | undefined => {
  const at = data.lastIndexOf(SECRET);
  return at === -1 ? undefined : data.slice(at + SECRET.length, -2);
};
