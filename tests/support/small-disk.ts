/** A disk of some megabytes that can be filled: a tmpfs of its own, which only root on Linux may mount. */
import { execFileSync } from 'node:child_process'
import { type FileHandle, open, truncate } from 'node:fs/promises'
import { join } from 'node:path'

/** Mounts one over a folder. Undefined where that isn't allowed. */
export function mountSmallDisk(folder: string, megabytes: number): SmallDisk | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  const filler = join(folder, 'filler')
  return {
    async fill() {
      const file = await open(filler, 'a')
      for (const block of BLOCKS) await writeUntilFull(file, block)
      await file.close()
    },
    empty: () => truncate(filler, 0),
    // Whoever still has a file open there must not keep it.
    unmount: () => void execFileSync('umount', ['-l', folder]),
  }
}

/** Large ones for speed, then small ones for the rest. */
const BLOCKS = [Buffer.alloc(1_048_576), Buffer.alloc(4_096)]

async function writeUntilFull(file: FileHandle, block: Buffer): Promise<void> {
  try {
    for (;;) {
      const { bytesWritten } = await file.write(block)
      if (bytesWritten < block.length) return
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

// --- types ---

export interface SmallDisk {
  /** Takes what is left of it. */
  fill(): Promise<void>
  /** Gives that back. */
  empty(): Promise<void>
  unmount(): void
}
