// Which texts clients may show as a link or a picture.

/** Any base does: a path takes its scheme, and nothing else of it is looked at. */
const BASE = 'https://base.invalid/';

/**
 * Does a browser read the text as an address of the Web: `http`, `https`, or a path, as the addresses of files here are?
 * A browser drops spaces and control characters before it looks at the scheme, so only its own way of reading tells
 * `javascript:`, `data:` and the like in all their spellings.
 */
export const isWebAddress = (text: string): boolean => {
  const protocol = URL.parse(text, BASE)?.protocol;
  return protocol === 'https:' || protocol === 'http:';
};
