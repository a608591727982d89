import { describe, expect, it } from 'vitest'
import { extensionOf, filesInWords, kindOf, pictureUrl, previewUrl, fileUrl, sizeOf } from './files'

const file = (type: string, name = 'a') => ({ type, name })

it('shows as pictures only what cannot hold a program', () => {
  expect(['image/png', 'image/svg+xml', 'video/mp4', 'audio/ogg', 'text/html'].map((type) => kindOf({ type }))).toEqual(['picture', 'other', 'video', 'audio', 'other'])
})

it('tells sizes as people say them', () => {
  expect([0, 999, 1_500, 15_400, 1_834_567, 25_000_000, 3e9].map(sizeOf)).toEqual(['0 B', '999 B', '1.5 kB', '15 kB', '1.8 MB', '25 MB', '3.0 GB'])
})

it('names a file by its ending, if it has one', () => {
  expect(['plan.pdf', 'archive.tar.gz', 'Makefile', 'odd.', 'long.extension'].map(extensionOf)).toEqual(['PDF', 'GZ', 'FILE', 'FILE', 'FILE'])
})

describe('a message without words', () => {
  it('is told by what it carries', () => {
    expect(filesInWords([])).toBe('')
    expect(filesInWords([file('image/png')])).toBe('Picture')
    expect(filesInWords([file('application/pdf', 'plan.pdf')])).toBe('plan.pdf')
    expect(filesInWords([file('image/png'), file('image/jpeg')])).toBe('2 pictures')
    expect(filesInWords([file('image/png'), file('video/mp4')])).toBe('2 files')
  })
})

it('takes the preview of a picture, but not of one that moves', () => {
  const picture = { id: 'f1', name: 'a', size: 1, preview: { width: 1, height: 1 } }
  expect(pictureUrl({ ...picture, type: 'image/jpeg' })).toBe(previewUrl('f1'))
  expect(pictureUrl({ ...picture, type: 'image/gif' })).toBe(fileUrl('f1'))
  expect(pictureUrl({ ...picture, type: 'image/jpeg', preview: undefined })).toBe(fileUrl('f1'))
})
