export type ThemeChoice = 'system' | 'light' | 'dark'

const KEY = 'chinwag.theme'

/** Light or dark: the system's choice unless one was made here. */
class Theme {
  choice = $state<ThemeChoice>(stored())

  /** What it comes to. */
  shown = $state<'light' | 'dark'>('light')

  readonly #system = matchMedia('(prefers-color-scheme: dark)')

  constructor() {
    this.#show()
    this.#system.addEventListener('change', () => this.#show())
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice
    try {
      if (choice === 'system') localStorage.removeItem(KEY)
      else localStorage.setItem(KEY, choice)
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    this.#show()
  }

  #show(): void {
    this.shown = this.choice === 'system' ? (this.#system.matches ? 'dark' : 'light') : this.choice
    document.documentElement.dataset.theme = this.shown
  }
}

function stored(): ThemeChoice {
  try {
    const choice = localStorage.getItem(KEY)
    return choice === 'light' || choice === 'dark' ? choice : 'system'
  } catch {
    return 'system'
  }
}

export const theme = new Theme()
