// How the documentation page shows the fields of a schema, and their types.

import { type Html, html, prose } from './htmlPage.ts';
import type { JsonSchema } from './jsonSchema.ts';

export const table = (rows: readonly Html[]): Html =>
  html`<div class="scroll"><table><tbody>${rows}</tbody></table></div>`;

export const typeOf = (schema: JsonSchema): Html => {
  const name = schema.$ref?.split('/').at(-1);
  if (name !== undefined) return html`<a href="#${name}">${name}</a>`;
  if (schema.anyOf !== undefined)
    return html`${schema.anyOf.map((one, i) => html`${i === 0 ? '' : ' or '}${typeOf(one)}`)}`;
  if (schema.enum !== undefined) return html`${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`;
  if (schema.type === 'array' && schema.items) return html`list of ${typeOf(schema.items)}`;
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  const { format, maxLength, minimum, maximum } = schema;
  const limits = [
    format === 'int64' ? undefined : format,
    maxLength === undefined ? undefined : `${String(maxLength)} characters at most`,
    minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : `from ${String(minimum)}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : `to ${String(maximum)}`,
  ].filter((limit) => limit !== undefined);
  return html`${type}${limits.length === 0 ? '' : ` (${limits.join(', ')})`}`;
};

export const fieldsOf = (title: string, schema: JsonSchema, known: 'input' | 'output'): Html => {
  const { properties = {}, required = [] } = schema;
  if (Object.keys(properties).length === 0) return html``;
  const isNeeded = (name: string) => (known === 'input' && required.includes(name) ? 'required' : '');
  const standard = (value: unknown) => (value === undefined ? '' : `default ${JSON.stringify(value)}`);
  const row = ([name, property]: [string, JsonSchema]) => html`<tr><td><code>${name}</code></td>
<td>${typeOf(property)}</td><td>${isNeeded(name)}${standard(property.default)}</td>
<td>${prose(property.description ?? '')}</td></tr>`;
  return html`<h4>${title}</h4>${table(Object.entries(properties).map(row))}`;
};
