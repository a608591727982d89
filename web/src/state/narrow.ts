/** On a screen that shows the list of rooms or what was chosen from it, never both. */
export const NARROW = matchMedia('(max-width: 699px)')
