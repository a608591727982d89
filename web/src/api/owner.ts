import { Problem } from './problem'

/** Which user signed in last in this browser. The cookie says so too, but only the server can read it. */
const KEY = 'chinwag.user'

/** Whose page this is. */
let me: string | null = null

/** The page is this user's, who has just signed in or was signed in; `null` where it is nobody's. */
export function actAs(user: string | null): void {
  me = user
  if (user === null) return
  try {
    // First, for the storage may be full: better nobody than somebody else.
    localStorage.removeItem(KEY)
    localStorage.setItem(KEY, user)
  } catch {
    // Without storage the connection finds out, the next time that it connects.
  }
}

/** The cookie belongs to all tabs: none asks in the name of whoever has signed in in another. */
export function assertOwn(): void {
  if (isAnothers()) throw new Problem('unauthorized', 'somebody else has signed in in this browser')
}

/** Tells when somebody else signs in in another tab. */
export function onAnother(told: () => void): void {
  window.addEventListener('storage', ({ key }) => {
    if (key === KEY && isAnothers()) told()
  })
}

function isAnothers(): boolean {
  try {
    return me !== null && (localStorage.getItem(KEY) ?? me) !== me
  } catch {
    return false
  }
}
