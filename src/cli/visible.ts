/** What a terminal would obey, or show in another order. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const escaped = (character: string): string => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`;

/** The text as a line that a terminal shows as it is: whoever wrote a log or an export may have put anything into it. */
export const visible = (text: string): string => text.replace(UNSAFE, escaped);

/** The same of several lines. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');
