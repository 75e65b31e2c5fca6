// Which emoji there are: those that Unicode recommends for general interchange (RGI, UTS #51), in one spelling each.

/** No literal, which is made when the module is loaded: the table behind it takes longer to load than a hundred modules. */
const RGI = '^\\p{RGI_Emoji}$';
let rgi: RegExp | undefined;
const isRgi = (text: string): boolean => {
  rgi ??= new RegExp(RGI, 'v');
  return rgi.test(text);
};
/** Asks for the picture instead of the letter: U+2764 is a heart in black, with this behind it a red one. */
const PICTURE = '\ufe0f';
/** Those that are letters by themselves, without a colour of skin behind them. */
const LETTER = /(?=\p{Emoji})\P{Emoji_Presentation}(?!\p{Emoji_Modifier})/gv;

/** UTF-16 units of the longest one, and then some. */
export const MAX_EMOJI = 40;

/**
 * The emoji in the spelling of the standard. Keyboards leave the selectors for pictures out, or add some: with and without them
 * it is one emoji. Undefined: it is none, or several.
 */
export const emojiOf = (text: string): string | undefined => {
  if (text.length > MAX_EMOJI) return undefined;
  const spelled = text.replaceAll(PICTURE, '').replace(LETTER, `$&${PICTURE}`);
  return isRgi(spelled) ? spelled : undefined;
};
