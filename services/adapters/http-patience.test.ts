import { connect, type Socket } from 'node:net'
import fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { limitPatience } from './http-patience.ts'

/** A request of which the last byte is still to come. */
function begun(port: number, path: string): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nab`)
  return socket
}

const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))
const answered = (socket: Socket) =>
  new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())))

it('[BU25] cuts off who sends slowly, but where a file is expected and where an answer takes its time', async () => {
  const app = fastify()
  limitPatience(app, 30)
  onTestFinished(() => app.close())
  let answer: () => void = () => undefined
  app.post('/short', (_request, reply) => reply.send('short'))
  app.post('/long', { config: { isLong: true } }, (_request, reply) => reply.send('long'))
  app.get('/late', async () => {
    await new Promise<void>((resolve) => (answer = resolve))
    return 'late'
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const late = fetch(`http://127.0.0.1:${port}/late`)
  const [long, short] = [begun(port, '/long'), begun(port, '/short')]
  await closed(short)
  long.write('c')
  expect(await answered(long)).toContain('200 OK')
  answer()
  expect(await (await late).text()).toBe('late')
  long.destroy()
})
