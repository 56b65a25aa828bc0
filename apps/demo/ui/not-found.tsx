/** NotFound is the page of an address that leads nowhere. */
import Link from 'next/link'
import controls from './controls.module.css'

export function NotFound() {
  return (
    <main className={controls.notice}>
      <div>
        <h1>Nothing behind this door</h1>
        <p>There is no page at this address.</p>
        <Link href="/" className={controls.button}>
          Back to all rooms
        </Link>
      </div>
    </main>
  )
}
