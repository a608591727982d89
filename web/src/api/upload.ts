import { assertOwn } from './owner'
import { Problem, problemOfResponse, UNREACHABLE } from './problem'
import type { FileInfo } from './wire'

export interface UploadOptions {
  purpose: 'attachment' | 'avatar'
  /** How much of it has left this device, from 0 to 1. */
  onprogress?: (part: number) => void
  signal?: AbortSignal
}

/** Sends a file. `fetch` does not tell how far it has got; this older way does. */
export function upload(file: Blob, name: string, { purpose, onprogress, signal }: UploadOptions): Promise<FileInfo> {
  return new Promise((done, failed) => {
    assertOwn()
    const request = new XMLHttpRequest()
    request.open('POST', `/api/v1/files?${new URLSearchParams({ name, purpose })}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.setRequestHeader('accept', 'application/json')
    request.responseType = 'json'
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => lengthComputable && onprogress?.(loaded / total)
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) done(request.response as FileInfo)
      else failed(problemOfResponse(request.status, request.response))
    }
    request.onerror = () => failed(new Problem(UNREACHABLE, 'no answer'))
    request.onabort = () => failed(new Problem(CANCELLED, 'cancelled'))
    if (signal?.aborted) return failed(new Problem(CANCELLED, 'cancelled'))
    signal?.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}

/** The person has taken it back. */
export const CANCELLED = 'cancelled'
