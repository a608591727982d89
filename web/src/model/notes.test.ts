import { describe, expect, it } from 'vitest'
import type { User } from '../api/wire'
import { user } from '../testing/samples'
import { readChange } from './change'
import { goesOn, noteOf, tell, withNote, type Note } from './notes'

const AT = '2026-01-05T10:00:00.000Z'
let rev = 0
const note = (type: string, fields: object): Note => {
  const read = noteOf(readChange('r', ++rev, { type, at: AT, ...fields }))
  if (!read) throw new Error(`${type} is no note`)
  return read
}
const joined = (who: string, by: User = user(who)) => note('member.joined', { user: user(who), role: 'member', by })
const said = (...notes: Note[]) => tell(notes, 'me', () => '14:05', (user) => user)

describe('quiet lines', () => {
  it('call people as they are called by now', () => {
    const erased = (user: User) => ({ ...user, display_name: 'Deleted user' })
    expect(tell([joined('ben')], 'me', () => '', erased)).toBe('Deleted user joined')
    expect(tell([joined('me', user('ben'))], 'me', () => '', erased)).toBe('Deleted user added you')
  })

  it('tell what happened to the room, and nothing of what was said in it', () => {
    expect(noteOf(readChange('r', 1, { type: 'reaction.added', at: AT, seq: 1, emoji: '👍', user: user('a'), count: 1 }))).toBeUndefined()
    expect(said(note('room.renamed', { name: 'Quay', by: user('ada') }))).toBe('ADA renamed the room to “Quay”')
    expect(said(note('room.settings_changed', { settings: {}, by: user('me') }))).toBe('You changed the room’s settings')
    expect(said(note('member.role_changed', { user: user('me'), role: 'admin', by: user('ada') }))).toBe('ADA made you an admin')
    expect(said(note('member.left', { user: user('ben'), by: user('ben') }))).toBe('BEN left')
    expect(said(note('member.left', { user: user('ben'), by: user('ada') }))).toBe('ADA removed BEN')
    expect(said(note('member.left', { user: user('ben'), by: user('ada'), banned: true }))).toBe('ADA banned BEN')
    expect(said(note('member.muted', { user: user('ben'), by: user('me'), until: AT }))).toBe('You muted BEN until 14:05')
    expect(said(note('member.muted', { user: user('ben'), by: user('me'), until: '9999-12-31T23:59:59.999Z' }))).toBe('You muted BEN')
    expect(said(note('member.unmuted', { user: user('ben'), by: user('me') }))).toBe('You let BEN write again')
  })

  it('name a few and count the rest, and nobody otherwise than they are called', () => {
    const ben = { ...user('ben'), display_name: 'ben' }
    expect(said(note('member.joined', { user: ben, role: 'member', by: ben }))).toBe('ben joined')
    expect(said(joined('ada'))).toBe('ADA joined')
    expect(said(joined('me'), joined('ben'))).toBe('You and BEN joined')
    expect(said(joined('ada'), joined('ben'), joined('cy'), joined('di'))).toBe('ADA and 3 others joined')
    expect(said(joined('ben', user('ada')), joined('cy', user('ada')))).toBe('ADA added BEN and CY')
    // Who comes twice is one person.
    expect(said(joined('ada'), joined('ada'))).toBe('ADA joined')
  })

  it('go together where the same happened by the same hand', () => {
    expect(goesOn(joined('ada'), joined('ben'))).toBe(true)
    expect(goesOn(joined('ada'), joined('ben', user('ada')))).toBe(false)
    expect(goesOn(joined('cy', user('ada')), joined('ben', user('ada')))).toBe(true)
    const left = (banned: object) => note('member.left', { user: user('ben'), by: user('ada'), ...banned })
    expect(goesOn(left({}), left({ banned: true }))).toBe(false)
    expect(goesOn(joined('ada'), left({}))).toBe(false)
    const renamed = () => note('room.renamed', { name: 'Quay', by: user('ada') })
    expect(goesOn(renamed(), renamed())).toBe(false)
  })

  it('are kept once each, and not without end', () => {
    const [a, b, c] = [joined('ada'), joined('ben'), joined('cy')]
    const all = [a, b, a, c].reduce<readonly Note[]>((notes, next) => withNote(notes, next, 2), [])
    expect(all).toEqual([b, c])
  })
})
