/** For how long somebody is kept out or silent. */
export const TERMS = [
  { value: 'hour', label: 'For an hour', ms: 60 * 60 * 1000 },
  { value: 'day', label: 'For a day', ms: 24 * 60 * 60 * 1000 },
  { value: 'week', label: 'For a week', ms: 7 * 24 * 60 * 60 * 1000 },
  { value: 'month', label: 'For 30 days', ms: 30 * 24 * 60 * 60 * 1000 },
  { value: 'ever', label: 'For good', ms: undefined },
] as const

export type Term = (typeof TERMS)[number]['value']

/** When it ends; for good it does not. */
export function endOf(term: Term, now_ms: number): string | undefined {
  const { ms } = TERMS.find(({ value }) => value === term) ?? {}
  return ms === undefined ? undefined : new Date(now_ms + ms).toISOString()
}
