import { describeSignalBusContract } from './signal-bus.contract.ts'
import { MemorySignalBus } from './signal-bus-memory.ts'

describeSignalBusContract('memory', async () => {
  const nodes = new Set<MemorySignalBus>()
  const create = () => new MemorySignalBus({ nodes })
  return { buses: [create(), create(), create()], close: async () => {} }
})
