/** The first row in view, and where it is: `restore` scrolls so that it is there again. */
export function anchorOf(view: HTMLElement, list: HTMLElement): { restore(): void } | undefined {
  const top = view.getBoundingClientRect().top
  const rows = list.children
  // The first row that ends below the upper edge; rows lie one below the other.
  let from = 0
  let to = rows.length
  while (from < to) {
    const middle = (from + to) >> 1
    const row = rows[middle]
    if (row && row.getBoundingClientRect().bottom > top) to = middle
    else from = middle + 1
  }
  // The line of a day or of what is new may go; a message stays.
  let row = rows[from]
  while (row instanceof HTMLElement && row.dataset.key === undefined && row.nextElementSibling) row = row.nextElementSibling
  if (!row) return undefined
  const kept = row
  const before = kept.getBoundingClientRect().top
  return {
    restore() {
      if (kept.isConnected) view.scrollTop += kept.getBoundingClientRect().top - before
    },
  }
}
