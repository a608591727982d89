/** As large as a finger. */
const FINGER_PX = 40

/** What can also be done by something as large as a finger need be no larger than this. */
const ENOUGH_PX = 24
/** A name leads where the face beside it does; what ticks and the mark of an edit tell is told by the message's sheet too. */
const ALSO_ELSEWHERE = ':is([data-testid=message], [data-testid=thread-root], [data-testid=thread-reply], [data-testid=member]) [data-testid=person]:not([aria-hidden]), [data-testid=ticks], [data-testid=edited]'

/**
 * What is there to be pressed (in the whole page, or in what is named) and is smaller than a finger, and how much was looked at.
 * Measured is the area that takes the press, with whatever enlarges it and without what lies over it. Links within running text are as
 * high as its lines.
 */
export function smallTargets(page, within = 'body') {
  return page.evaluate(measure, { within, finger_px: FINGER_PX, enough_px: ENOUGH_PX, also_elsewhere: ALSO_ELSEWHERE })
}

function measure({ within, finger_px, enough_px, also_elsewhere }) {
  const PRESSED = 'a[href], button, input, select, textarea, summary, [role=button], [role=tab], [role=switch], [role=checkbox], [role=radio], [role=option], [role=menuitem], [role=menuitemradio]'
  const isShown = (element) => {
    const { width, height } = element.getBoundingClientRect()
    return width > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  }
  // A small box is pressed by the label that it is in.
  const areaOf = (element) => (element.matches('input[type=checkbox], input[type=radio], input[type=file]') && element.closest('label')) || element
  const isInText = (element) => element.matches('a, button') && getComputedStyle(element).display === 'inline'
  const isHit = (area, x, y) => {
    const hit = document.elementFromPoint(x, y)
    if (!hit || !area.contains(hit)) return false
    const pressed = hit.closest(PRESSED)
    return pressed === null || pressed === area || areaOf(pressed) === area || !area.contains(pressed)
  }
  const reach = (area, x, y, dx, dy) => {
    let steps = 0
    while (steps < finger_px && isHit(area, x + dx * (steps + 1), y + dy * (steps + 1))) steps++
    return steps
  }
  const nameOf = (element) => {
    const name = element.dataset.testid ?? element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 30)
    return `${element.localName}${typeof element.className === 'string' && element.className ? `.${element.className.split(' ')[0]}` : ''} “${name}”`
  }

  const small = new Set()
  let looked = 0
  const areas = new Set([...document.querySelectorAll(PRESSED)].filter((element) => element.closest(within) && isShown(areaOf(element)) && !isInText(element)).map(areaOf))
  for (const area of areas) {
    area.scrollIntoView({ block: 'center', inline: 'center' })
    const { left, top, width, height } = area.getBoundingClientRect()
    const [x, y] = [left + width / 2, top + height / 2]
    // What lies under something else is not pressed now.
    if (!isHit(area, x, y)) continue
    looked++
    const wide = reach(area, x, y, -1, 0) + reach(area, x, y, 1, 0) + 1
    const high = reach(area, x, y, 0, -1) + reach(area, x, y, 0, 1) + 1
    // What begins between two pixels loses one of them.
    const least = (area.matches(also_elsewhere) ? enough_px : finger_px) - 1
    if (wide < least || high < least) small.add(`${nameOf(area)} ${wide}×${high}`)
  }
  return { looked, small: [...small] }
}
