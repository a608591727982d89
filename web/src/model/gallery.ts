/** The largest that one picture becomes in a message. */
export const MOST_WIDTH_PX = 420
export const MOST_HEIGHT_PX = 320
const LEAST_PX = 96
/** Until a picture is measured; rarely seen, for the server measures all that it can. */
const USUAL = { width: 4, height: 3 }

interface Measured {
  readonly width?: number
  readonly height?: number
}

/** What is set aside for one picture before any of it is there: nothing moves when it comes. Small ones stay small. */
export function boxOf({ width = 0, height = 0 }: Measured): { width_px: number; ratio: number } {
  const is_known = width > 0 && height > 0
  const ratio = is_known ? width / height : USUAL.width / USUAL.height
  const own_px = is_known ? Math.max(width, LEAST_PX) : MOST_WIDTH_PX
  // What is very long is cut by its box; the whole of it is seen when it is opened.
  const shown = Math.min(Math.max(ratio, 0.5), 4)
  return { width_px: Math.round(Math.min(MOST_WIDTH_PX, own_px, MOST_HEIGHT_PX * shown)), ratio: shown }
}

/** How many pictures stand beside each other. */
export function columnsOf(count: number): number {
  return count <= 1 ? 1 : count === 2 || count === 4 ? 2 : 3
}
