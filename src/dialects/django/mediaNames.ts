// Names of uploaded files as Django's storage makes them fit for a path.

const MAX = 100;

/** The last part of a sender's name without what does not belong into a path; empty where nothing is left. */
export const cleanName = (name: string): string => {
  const last = name.split(/[/\\]/).at(-1)!.trim().replaceAll(' ', '_');
  const clean = last.replace(/[^-\p{L}\p{N}_.]/gu, '');
  return /^\.*$/.test(clean) ? '' : shorten(clean);
};

const shorten = (name: string): string => {
  const [stem, extension] = splitName(name);
  return `${[...stem].slice(0, Math.max(1, MAX - [...extension].length)).join('')}${extension}`;
};

/** `photo.tar.gz` is `photo.tar` and `.gz`; `.profile` has no extension. */
const splitName = (name: string): readonly [stem: string, extension: string] => {
  const dot = name.lastIndexOf('.');
  return dot > 0 && [...name.slice(dot)].length < MAX / 2 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
};

/**
 * A name that no other file has, as a second file of one name gets it: `_` and a mark before the extension.
 * `mark`: what tells the file from others, e.g. part of its id.
 */
export const distinctName = (name: string, mark: string): string => {
  const [stem, extension] = splitName(cleanName(name) || 'file');
  return `${stem}_${mark}${extension}`;
};
