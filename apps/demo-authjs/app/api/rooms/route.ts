export { GET } from 'demo/ui/rooms-route.ts'
