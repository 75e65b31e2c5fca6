/** The UUID in lower case with dashes, from any of its spellings; undefined for other texts. */
export const toUuid = (text: string): string | undefined => {
  const hex = text.replace(/urn:|uuid:|[{}-]/gi, '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
