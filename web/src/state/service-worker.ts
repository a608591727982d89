const PATH = '/sw.js'

let asked: Promise<ServiceWorkerRegistration | null> | undefined

/** What runs without a page; `null` where the browser has none, as on pages that are not secure. */
export function installed(): Promise<ServiceWorkerRegistration | null> {
  return (asked ??= install())
}

async function install(): Promise<ServiceWorkerRegistration | null> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return null
  try {
    await navigator.serviceWorker.register(trusted(PATH) as string)
    return await navigator.serviceWorker.ready
  } catch {
    return null
  }
}

/** Calls back with where a notification that was pressed leads, until the answer is called. */
export function onOpened(listener: (url: string) => void): () => void {
  if (!('serviceWorker' in navigator)) return () => undefined
  const { serviceWorker } = navigator
  const heard = ({ data }: MessageEvent) => {
    const { type, url } = Object(data) as { type?: unknown; url?: unknown }
    if (type === 'open' && typeof url === 'string') listener(url)
  }
  serviceWorker.addEventListener('message', heard)
  return () => serviceWorker.removeEventListener('message', heard)
}

/** The page's policy wants the address of every program marked as meant. */
function trusted(path: string): unknown {
  const { trustedTypes } = globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(url: string): unknown } } }
  if (!trustedTypes) return path
  return trustedTypes.createPolicy('chinwag-service-worker', { createScriptURL: (url: string) => url }).createScriptURL(path)
}
