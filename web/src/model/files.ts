import type { FileInfo } from '../api/wire'

const path = (id: string) => `/api/v1/files/${encodeURIComponent(id)}`

export const fileUrl = path
export const previewUrl = (id: string) => `${path(id)}/preview`

export type FileKind = 'picture' | 'video' | 'audio' | 'other'

/** Drawn by the browser as a picture; of an SVG it is not, as that may hold a program. */
const PICTURES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'])

export function kindOf({ type }: { type: string }): FileKind {
  if (PICTURES.has(type)) return 'picture'
  if (type.startsWith('video/')) return 'video'
  if (type.startsWith('audio/')) return 'audio'
  return 'other'
}

/** What is shown in a message: the preview, unless the picture is hardly larger or would lose its motion. */
export function pictureUrl(file: FileInfo): string {
  return file.preview && file.type !== 'image/gif' ? previewUrl(file.id) : fileUrl(file.id)
}

/** How many a message may carry. */
export const MOST_FILES = 10

const UNITS = ['B', 'kB', 'MB', 'GB']

export function sizeOf(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`
}

/** `PDF`, `ZIP`: what a card says of a file that is neither seen nor heard. */
export function extensionOf(name: string): string {
  const ending = /\.([A-Za-z0-9]{1,5})$/.exec(name)?.[1]
  return ending ? ending.toUpperCase() : 'FILE'
}

/** What stands for a message in a list where it has one line. */
export function filesInWords(files: readonly { type: string; name: string }[]): string {
  const [first] = files
  if (!first) return ''
  const kinds = new Set(files.map(kindOf))
  const [kind] = kinds
  if (files.length === 1) return kind === 'picture' ? 'Picture' : kind === 'video' ? 'Video' : kind === 'audio' ? 'Sound' : first.name
  const many = kinds.size > 1 || kind === 'other' ? 'files' : kind === 'picture' ? 'pictures' : kind === 'video' ? 'videos' : 'sounds'
  return `${files.length} ${many}`
}
