/** The files of the smallest Next.js app with a chat: what a reader of the README writes. */

export const cleanAppFiles: Record<string, string> = {
  'next.config.ts': `import type { NextConfig } from 'next'
const config: NextConfig = { turbopack: { root: import.meta.dirname } }
export default config
`,
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'ES2023',
      lib: ['dom', 'dom.iterable', 'esnext'],
      module: 'esnext',
      moduleResolution: 'bundler',
      strict: true,
      noEmit: true,
      esModuleInterop: true,
      isolatedModules: true,
      resolveJsonModule: true,
      // The packages' own declarations are checked too.
      skipLibCheck: false,
      jsx: 'react-jsx',
      plugins: [{ name: 'next' }],
    },
    include: ['next-env.d.ts', '**/*.ts', '**/*.tsx', '.next/types/**/*.ts'],
    exclude: ['node_modules'],
  }),
  'app/layout.tsx': `import '@parlor/react/styles.css'
import type { ReactNode } from 'react'
export default function Layout({ children }: { children: ReactNode }) {
  return <html lang="en"><body>{children}</body></html>
}
`,
  'app/api/chat/token/route.ts': `import { createTokenRoute } from '@parlor/next'
export const { POST } = createTokenRoute()
`,
  'app/page.tsx': `import { getChatSnapshot } from '@parlor/next'
import { ChatProvider } from '@parlor/react'
import { Room } from './room'
export const dynamic = 'force-dynamic'
export default async function Page() {
  const initial = await getChatSnapshot('general', { limit: 50 })
  return (
    <ChatProvider url="http://localhost:4000" tokenUrl="/api/chat/token">
      <Room initial={initial} />
    </ChatProvider>
  )
}
`,
  'app/room.tsx': `'use client'
import { type Snapshot, useChat } from '@parlor/react'
export function Room({ initial }: { initial: Snapshot | null }) {
  const chat = useChat({ roomId: 'general', initial })
  return (
    <main>
      <p>{chat.status}</p>
      <ol>{chat.messages.map((message) => <li key={message.id}>{message.user.name}: {message.text}</li>)}</ol>
      <button type="button" onClick={() => void chat.send('Hello')}>Send</button>
    </main>
  )
}
`,
}
