/**
 * How long to wait before attempt number `attempt` (from 0): doubling up to `most_ms`, and spread
 * over its upper half so that the clients of a node that died do not return all at once.
 */
export function backoffMs(attempt: number, random: number, first_ms = 500, most_ms = 20_000): number {
  const ceiling = Math.min(most_ms, first_ms * 2 ** Math.min(attempt, 20))
  return Math.round(ceiling / 2 + (ceiling / 2) * random)
}

/** How long to wait before asking for what everybody who heard of the same change asks for, so that they do not ask all at once. */
export function spreadMs(people: number, random: number, each_ms = 10, most_ms = 30_000): number {
  return Math.round(Math.min(most_ms, people * each_ms) * random)
}
