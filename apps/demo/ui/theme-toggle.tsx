'use client'
/** ThemeToggle turns light into dark and back; a cookie keeps the choice, so the server's first HTML has it already. */
import controls from './controls.module.css'
import { ThemeIcon } from './icons.tsx'
import { THEME_COOKIE } from './theme.ts'

export function ThemeToggle() {
  return (
    <button type="button" className={controls.icon} aria-label="Switch between light and dark" onClick={switchTheme}>
      <ThemeIcon />
    </button>
  )
}

function switchTheme() {
  const root = document.documentElement
  const isDark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  root.dataset.theme = isDark ? 'light' : 'dark'
  // biome-ignore lint/suspicious/noDocumentCookie: cookieStore isn't in every browser that the demo supports.
  document.cookie = `${THEME_COOKIE}=${root.dataset.theme}; path=/; max-age=${ONE_YEAR}; samesite=lax`
}

const ONE_YEAR = 31_536_000
