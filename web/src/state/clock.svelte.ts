/** The time as shown on the page: rough, and moving on by itself. */
class Clock {
  now_ms = $state(Date.now())

  constructor() {
    setInterval(() => (this.now_ms = Date.now()), 30_000)
  }
}

export const clock = new Clock()
