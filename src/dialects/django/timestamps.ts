// Times as Django REST framework shows them: six digits of a second, `Z`, and no fraction where there is none.

/** From an ISO time with at most three digits: `2024-11-13T05:11:49.926Z` gives `2024-11-13T05:11:49.926000Z`. */
export const timestamp = (at: string): string => {
  const iso = new Date(at).toISOString();
  return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : `${iso.slice(0, -1)}000Z`;
};
