let last_ms = 0

/**
 * An id for a message that sorts by the time of writing, so that an outbox read back after a
 * reload keeps its order. `crypto.randomUUID` would not do: it exists only on secure pages.
 */
export function newClientId(now_ms: number = Date.now()): string {
  last_ms = Math.max(now_ms, last_ms + 1)
  const random = crypto.getRandomValues(new Uint32Array(2))
  return last_ms.toString(36).padStart(9, '0') + Array.from(random, (word) => word.toString(36).padStart(7, '0')).join('')
}
