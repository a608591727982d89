/** Whether somebody looks at the page: only what is looked at is read. */
class Watch {
  watched = $state(isWatched())
  /** On screen, even if another window has the keyboard. */
  visible = $state(isVisible())

  constructor() {
    const look = () => {
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
