// `Content-Disposition` with a name that anybody may have chosen (RFC 6266, RFC 8187).

const asciiOf = (name: string): string => name.replace(/[^\x20-\x7e]|["\\%]/g, '_');

const encoded = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** `name` must be well-formed text. */
export const contentDispositionOf = (type: 'inline' | 'attachment', name: string): string =>
  `${type}; filename="${asciiOf(name)}"; filename*=UTF-8''${encoded(name)}`;
