/** Which theme a person chose; undefined leaves it to their system. */

export const THEME_COOKIE = 'parlor-demo-theme'

export function themeOf(cookie: string | undefined): 'light' | 'dark' | undefined {
  return cookie === 'light' || cookie === 'dark' ? cookie : undefined
}
