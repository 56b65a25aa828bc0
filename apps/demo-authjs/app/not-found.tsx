export { NotFound as default } from 'demo/ui/not-found.tsx'
