import { PNG } from '../lib/png.mjs'

// Pictures for the demo, drawn point by point: `x` and `y` go from 0 to 1, and later layers lie over earlier ones.

const mix = (a, b, share) => a.map((part, n) => part + (b[n] - part) * share)
const within = (value) => Math.max(0, Math.min(1, value))
const inDisc = (x, y, centreX, centreY, radius) => (x - centreX) ** 2 + (y - centreY) ** 2 < radius ** 2

/** Somebody's face, in colours of their own. */
export function portrait({ light, dark, skin, hair, shirt }) {
  return PNG.painted(256, 256, (across, down) => {
    const [x, y] = [0.5 + (across - 0.5) * 0.72, 0.52 + (down - 0.6) * 0.72]
    if (inDisc(x, y, 0.5, 0.405, 0.165)) return y < 0.335 + 0.08 * (x - 0.36) ? hair : skin
    if (inDisc(x, y, 0.5, 0.375, 0.192) && y < 0.47) return hair
    if (Math.abs(x - 0.5) < 0.062 && y > 0.5 && y < 0.66) return mix(skin, [60, 30, 20], 0.14)
    if (((x - 0.5) / 0.36) ** 2 + ((y - 1.02) / 0.4) ** 2 < 1) return shirt
    return mix(light, dark, within((across + down) / 2))
  })
}

/** A harbour in the evening. */
export function harbour(width = 1200, height = 750) {
  const ridge = (x, base, rough) => base - rough * (0.5 * Math.sin(x * 5.1 + 0.6) + 0.3 * Math.sin(x * 11.7 + 2) + 0.2 * Math.sin(x * 23.3))
  const horizon = 0.6
  const sun = [0.64, 0.47]
  const sky = (x, y) => {
    const evening = mix(mix([44, 62, 110], [196, 110, 118], within(y / 0.42)), [252, 196, 128], within((y - 0.34) / 0.26))
    const glow = within(1 - Math.hypot((x - sun[0]) * 1.6, y - sun[1]) / 0.5) ** 2
    return mix(evening, [255, 226, 170], glow * 0.75)
  }
  const sail = (x, y, at, foot, size) => {
    const up = (foot - y) / size
    if (up > 0 && up < 1 && x > at - 0.004 - 0.42 * size * (1 - up) && x < at - 0.004) return [246, 236, 222]
    if (up > 0.08 && up < 0.82 && x > at + 0.004 && x < at + 0.004 + 0.3 * size * (0.82 - up)) return [226, 205, 186]
    if (up <= 0 && up > -0.1 && Math.abs(x - at) < 0.28 * size + up * 0.5 * size) return [58, 40, 52]
    return undefined
  }
  return PNG.painted(width, height, (x, y) => {
    const boat = sail(x, y, 0.3, 0.74, 0.34) ?? sail(x, y, 0.8, 0.655, 0.13) ?? sail(x, y, 0.49, 0.635, 0.08)
    if (boat) return boat
    if (y < horizon) {
      if (y > ridge(x + 0.4, 0.585, 0.05)) return mix([74, 58, 92], [150, 92, 104], within(x))
      if (y > ridge(x * 1.2, 0.52, 0.075)) return mix([112, 82, 118], [214, 136, 122], within(x))
      if (inDisc(x, y * 0.625, sun[0], sun[1] * 0.625, 0.032)) return [255, 244, 214]
      return sky(x, y)
    }
    const depth = (y - horizon) / (1 - horizon)
    const ripple = Math.sin(y * 260 * (1.15 - depth) + Math.sin(x * 14 + y * 40) * 2.2)
    const water = mix(mix([222, 150, 122], [36, 58, 92], within(depth * 1.15)), [20, 34, 62], within(ripple) * 0.18)
    const path = within(1 - Math.abs(x - sun[0] + 0.01 * ripple) / (0.04 + depth * 0.1))
    return mix(water, [255, 216, 156], path * (0.35 + 0.4 * within(ripple)) * (1 - depth * 0.7))
  })
}

/** How many resumed, round by round. */
export function chart(width = 1000, height = 625) {
  const bars = [0.42, 0.5, 0.46, 0.62, 0.58, 0.71, 0.66, 0.8, 0.77, 0.9]
  return PNG.painted(width, height, (x, y) => {
    const at = (x - 0.08) / 0.86
    const bar = bars[Math.floor(at * bars.length)]
    const share = (at * bars.length) % 1
    if (at > 0 && at < 1 && share > 0.2 && share < 0.8 && y < 0.88 && y > 0.88 - bar * 0.72) return mix([13, 110, 99], [95, 208, 189], within((0.88 - y) / 0.72))
    const line = [0.16, 0.34, 0.52, 0.7, 0.88].some((level) => Math.abs(y - level) < 0.0016)
    return line && x > 0.06 && x < 0.96 ? [222, 218, 209] : [252, 251, 249]
  })
}
