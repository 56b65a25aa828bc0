/** `parlor version`: this package's version. */
import manifest from '../package.json' with { type: 'json' }

export function version(): void {
  console.log(manifest.version)
}
