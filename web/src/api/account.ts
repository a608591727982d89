import { request } from './http'

/** Ends the account for good: it asks for the password once more. */
export const erase = (password: string) => request<void>('DELETE', 'users/me', { body: { password } })
