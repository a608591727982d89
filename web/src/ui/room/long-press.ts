import type { Attachment } from 'svelte/attachments'

const LONG_MS = 450
const STILL_PX = 10

/** Calls back when a finger rests on the element, as a phone's own menus do. */
export function longPress(pressed: () => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let from = { x: 0, y: 0 }
    let fired = false
    const stop = () => clearTimeout(timer)

    function down(event: PointerEvent) {
      stop()
      fired = false
      if (event.pointerType !== 'touch' || !event.isPrimary) return
      from = { x: event.clientX, y: event.clientY }
      timer = setTimeout(() => {
        fired = true
        pressed()
      }, LONG_MS)
    }
    function move(event: PointerEvent) {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL_PX) stop()
    }
    /** The browser's menu would come on top of ours, and the click would go to whatever lies under the finger. */
    function suppress(event: Event) {
      if (fired) event.preventDefault()
    }
    function click(event: MouseEvent) {
      if (!fired) return
      event.preventDefault()
      event.stopPropagation()
      fired = false
    }

    element.addEventListener('pointerdown', down)
    element.addEventListener('pointermove', move)
    element.addEventListener('pointerup', stop)
    element.addEventListener('pointercancel', stop)
    element.addEventListener('contextmenu', suppress)
    element.addEventListener('click', click, true)
    return () => {
      stop()
      element.removeEventListener('pointerdown', down)
      element.removeEventListener('pointermove', move)
      element.removeEventListener('pointerup', stop)
      element.removeEventListener('pointercancel', stop)
      element.removeEventListener('contextmenu', suppress)
      element.removeEventListener('click', click, true)
    }
  }
}
