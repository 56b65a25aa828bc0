export { GET } from '../../../ui/rooms-route.ts'
