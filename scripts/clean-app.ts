/** The files of a new Next.js app with a chat: what a reader of the README writes, and a page on the hook alone. */
import { findSamples } from './doc-samples.ts'

/** The app's files by path; those of the README are its samples that name their file. */
export function createCleanApp(readme: string): Record<string, string> {
  const samples = findSamples('README.md', readme).filter(({ isNamed }) => isNamed)
  if (samples.length < 3)
    throw new Error('README.md: the samples of the first chat name no files, as in `// app/page.tsx`')
  return { ...ownFiles, ...Object.fromEntries(samples.map(({ path, lines }) => [path, lines.join('\n')])) }
}

const ownFiles: Record<string, string> = {
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
  'app/page.tsx': `import { ChatProvider } from '@parlor/react'
import { Room } from './room'
export default function Page() {
  return (
    <ChatProvider url="http://localhost:4000" tokenUrl="/api/chat/token">
      <Room />
    </ChatProvider>
  )
}
`,
  'app/room.tsx': `'use client'
import { useChat } from '@parlor/react'
export function Room() {
  const chat = useChat({ roomId: 'general' })
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
