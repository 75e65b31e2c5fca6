// HTML templates: inserted values are escaped, unless this module made them.

export interface Html {
  readonly html: string;
}

const escaped: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const render = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(render).join('');
  if (typeof value === 'object' && value !== null && 'html' in value) return String(value.html);
  return value === undefined || value === null ? '' : String(value).replace(/[&<>"']/g, (char) => escaped[char]!);
};

export const html = (parts: TemplateStringsArray, ...values: readonly unknown[]): Html => ({
  html: parts.map((part, i) => part + (i < values.length ? render(values[i]) : '')).join(''),
});

/** Text in which backquotes mark code. */
export const prose = (text: string): readonly (string | Html)[] =>
  text.split('`').map((part, i) => (i % 2 === 0 ? part : html`<code>${part}</code>`));
