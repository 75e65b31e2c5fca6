// Unique names, compared as people expect: trimmed, case-folded, Unicode-normalised.

export type ClaimKind = 'email' | 'username' | 'phone' | 'external' | 'slug' | 'group';

const fold = (text: string): string => text.trim().normalize('NFKC').toLowerCase().normalize('NFKC');

const asciiDigits = (text: string): string =>
  text.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));

/** The form in which two spellings of one name are equal. */
export const canonical = (kind: ClaimKind, name: string): string => {
  switch (kind) {
    case 'phone':
      return asciiDigits(fold(name)).replace(/[\s().-]/g, '');
    case 'external':
      return name;
    case 'email':
    case 'username':
    case 'slug':
    case 'group':
      return fold(name);
  }
};

/** Does the name mix Latin letters with Cyrillic or Greek ones? Such a name is made to look like another. */
export const isConfusable = (name: string): boolean =>
  /\p{Script=Latin}/u.test(name) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(name);
