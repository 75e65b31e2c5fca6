// One emoji is one reaction, however a keyboard spells it.

import { expect, test } from 'vitest';
import { emojiOf } from '../../src/domain/emoji.ts';

const one = (spelling: string) => [...(emojiOf(spelling) ?? '')].map((char) => char.codePointAt(0)!.toString(16));

test.each([
  ['a heart', '\u2764', '2764 fe0f'],
  ['a thumb', '\u{1f44d}\ufe0f', '1f44d'],
  ['a thumb with a colour of skin', '👍🏽', '1f44d 1f3fd'],
  ['a finger with a colour of skin', '\u261d\ufe0f\u{1f3fd}', '261d 1f3fd'],
  ['a key', '1\u20e3', '31 fe0f 20e3'],
  ['an eye in a bubble', '\u{1f441}\u200d\u{1f5e8}', '1f441 fe0f 200d 1f5e8 fe0f'],
  ['somebody who lifts weights', '\u{1f3cb}\u200d\u2642', '1f3cb fe0f 200d 2642 fe0f'],
  ['the same with a colour of skin', '\u{1f3cb}\u{1f3fb}\u200d\u2642', '1f3cb 1f3fb 200d 2642 fe0f'],
  ['a flag of a country', '🇮🇷', '1f1ee 1f1f7'],
  ['a flag of a part', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '1f3f4 e0067 e0062 e0065 e006e e0067 e007f'],
  ['a kiss', '👩🏻‍❤‍💋‍👩🏿', '1f469 1f3fb 200d 2764 fe0f 200d 1f48b 200d 1f469 1f3ff'],
])('%s has one spelling', (_, spelling, spelled) => {
  expect(one(spelling).join(' ')).toBe(spelled);
  expect(emojiOf(emojiOf(spelling)!)).toBe(emojiOf(spelling));
});

test.each([
  ['nothing', ''],
  ['a letter', 'a'],
  ['a digit', '1'],
  ['two', '😀😀'],
  ['one and a text', '😀!'],
  ['a shortcode', ':smile:'],
  ['half a flag', '🇮'],
  ['a flag of nowhere', '🇽🇽'],
  ['half a character', '\ud83d'],
  ['a selector', '\ufe0f'],
  ['people whom no font shows', '👩‍👩‍👩‍👩'],
  ['more selectors than any emoji has', `😀${'\ufe0f'.repeat(100)}`],
])('%s is none', (_, text) => expect(emojiOf(text)).toBeUndefined());
