import { tick } from 'svelte'

/** On a phone a field that takes the focus opens the keyboard. */
const has_keyboard = matchMedia('(hover: hover)').matches

/**
 * Where something goes that holds the focus, the focus goes back to where it was before, or else to the field that one
 * writes in: never to the beginning of the page.
 */
export function givesFocusBack(before: Element | null) {
  return (node: HTMLElement) => {
    let inside = false
    const came = () => (inside = true)
    const left = ({ relatedTarget }: FocusEvent) => {
      // An element that is taken away leaves the focus to nobody.
      if (relatedTarget instanceof Node && !node.contains(relatedTarget)) inside = false
    }
    node.addEventListener('focusin', came)
    node.addEventListener('focusout', left)
    if (node.contains(document.activeElement)) came()
    return () => {
      node.removeEventListener('focusin', came)
      node.removeEventListener('focusout', left)
      if (inside && has_keyboard) void tick().then(() => giveBack(before))
    }
  }
}

function giveBack(before: Element | null): void {
  if (document.activeElement && document.activeElement !== document.body) return
  const to = before instanceof HTMLElement && before.isConnected && before !== document.body ? before : document.querySelector<HTMLElement>('[data-testid=composer]')
  to?.focus({ preventScroll: true })
}
