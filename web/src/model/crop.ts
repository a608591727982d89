/** A square cut out of a picture: how much larger than filling it the picture is, and what lies in the middle. */
export interface Crop {
  /** 1: the shorter side fills the square. */
  readonly zoom: number
  /** From 0 to 1 of the picture's own width and height. */
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

export const MOST_ZOOM = 4
export const WHOLE: Crop = { zoom: 1, x: 0.5, y: 0.5 }

/** The side of the square, in pixels of the picture. */
const side = ({ width, height }: Size, zoom: number) => Math.min(width, height) / zoom

/** The nearest crop that lies inside of the picture. */
export function within(picture: Size, crop: Crop): Crop {
  const zoom = Math.min(MOST_ZOOM, Math.max(1, crop.zoom))
  const half = side(picture, zoom) / 2
  const clamp = (at: number, length: number) => Math.min(1 - half / length, Math.max(half / length, at))
  return { zoom, x: clamp(crop.x, picture.width), y: clamp(crop.y, picture.height) }
}

/** After the picture was dragged by so many pixels of a square that is shown `shown_px` wide. */
export function dragged(picture: Size, crop: Crop, by: { x: number; y: number }, shown_px: number): Crop {
  const scale = side(picture, crop.zoom) / shown_px
  return within(picture, { ...crop, x: crop.x - (by.x * scale) / picture.width, y: crop.y - (by.y * scale) / picture.height })
}

/** What to cut out, in pixels of the picture. */
export function cut(picture: Size, crop: Crop): { left: number; top: number; side: number } {
  const { zoom, x, y } = within(picture, crop)
  const length = side(picture, zoom)
  return { left: x * picture.width - length / 2, top: y * picture.height - length / 2, side: length }
}
