const BEAT_MS = 5_000
/** Browsers let pages in the background beat once a minute. */
const ASLEEP_MS = 120_000

/** Whether somebody looks at the page: only what is looked at is read. */
class Watch {
  watched = $state(isWatched())
  /** On screen, even if another window has the keyboard. */
  visible = $state(isVisible())
  /** Grows when the device wakes up: what comes then has come before anybody looked. */
  wakes = $state(0)

  constructor() {
    let beat_ms = Date.now()
    const beat = () => {
      const now_ms = Date.now()
      if (now_ms - beat_ms > ASLEEP_MS) this.wakes++
      beat_ms = now_ms
    }
    setInterval(beat, BEAT_MS)
    const look = () => {
      beat()
      this.watched = isWatched()
      this.visible = isVisible()
    }
    window.addEventListener('focus', look)
    window.addEventListener('blur', look)
    document.addEventListener('visibilitychange', look)
  }
}

function isVisible(): boolean {
  return document.visibilityState === 'visible'
}

function isWatched(): boolean {
  return isVisible() && document.hasFocus()
}

export const watch = new Watch()
