/**
 * How long to wait before attempt number `attempt` (from 0): doubling up to `most_ms`, and spread
 * over its upper half so that the clients of a node that died do not return all at once.
 */
export function backoffMs(attempt: number, random: number, first_ms = 500, most_ms = 20_000): number {
  const ceiling = Math.min(most_ms, first_ms * 2 ** Math.min(attempt, 20))
  return Math.round(ceiling / 2 + (ceiling / 2) * random)
}
