// The name of a file: what is kept of the one that its sender gave.

import { beginning, isBlank } from './texts.ts';

/** Characters of a name at most. */
const MAX = 200;
/** UTF-16 units that are looked at: a name may be as long as a frame. */
const READ = 1000;

/** The part behind the last separator, of any system. */
export const lastPart = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/**
 * `photo.png` is `photo` and `.png`, `a.tar.gz` is `a` and `.tar.gz`; `.profile` has no extension. `longest`: an
 * extension of more UTF-16 units, its dot included, is a part of the name.
 */
export const splitName = (name: string, longest: number): readonly [stem: string, extension: string] => {
  const last = name.lastIndexOf('.');
  const dot = last > 4 && name.slice(last - 4, last).toLowerCase() === '.tar' ? last - 4 : last;
  const isExtension = dot > 0 && name.length - dot <= longest && /[^.]/.test(name.slice(0, dot));
  return isExtension ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
};

/** Whoever reads the name must see its letters in the order in which they are. Joiners and emoji stay whole. */
const clean = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, '')
    .normalize('NFC');

/** At most 200 characters, with the extension. */
export const fileNameOf = (sent: string): string => {
  const [start, extension] = splitName(lastPart(sent).trim(), MAX / 2).map((part) => clean(part.slice(0, READ))) as [
    string,
    string,
  ];
  const stem = isBlank(start.replaceAll('.', '')) ? 'file' : start.trimStart();
  return `${beginning(stem, MAX - extension.length)}${extension}`.trimEnd();
};
