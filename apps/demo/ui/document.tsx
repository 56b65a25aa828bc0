/** Document is the `<html>` of every page: fonts, colours, and the theme that the cookie asks for. */
import '@fontsource-variable/bricolage-grotesque/wght.css'
import '@fontsource-variable/instrument-sans/wght.css'
import './base.css'
import '@parlor/react/styles.css'
import './chat.css'
import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { THEME_COOKIE, themeOf } from './theme.ts'

export const demoMetadata: Metadata = {
  title: { default: 'Parlor', template: '%s · Parlor' },
  description: 'Real-time chat for a Next.js app that signs people in with NextAuth.js.',
  robots: { index: false },
}

export const demoViewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  // The keyboard of a phone shrinks the page, so that the composer stays above it.
  interactiveWidget: 'resizes-content',
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f0f6f2' },
    { media: '(prefers-color-scheme: dark)', color: '#0b1411' },
  ],
}

export async function Document({ children }: { children: ReactNode }) {
  const theme = themeOf((await cookies()).get(THEME_COOKIE)?.value)
  return (
    <html lang="en" data-theme={theme}>
      <body>{children}</body>
    </html>
  )
}
