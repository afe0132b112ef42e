import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { startSmallServer, type SmallServer } from '../testdata/small-server.ts'

async function serverWithout(missing: object): Promise<SmallServer> {
  const server = await startSmallServer({}, undefined, () => missing)
  onTestFinished(() => server.stop())
  return server
}

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

describe('routes of a process with some stages', () => {
  it('[CS6] says which stage takes calls', async () => {
    const server = await serverWithout({ intake: null, hotline: null })
    const answers = [
      await server.post('/api/v1/reports', '{}'),
      await server.get('/open311/v2/services.json'),
      await server.post('/open311/v2/requests.json', 'service_code=noise'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
    for (const answer of answers) expect(await codeOf(answer)).toBe('GW-stage')
    expect((await server.get('/api/v1/levels')).status).toBe(200)
    expect(await server.json('/api/v1/stats')).not.toHaveProperty('ingest')
  })

  it('[CS6] says which stage answers about the city', async () => {
    const server = await serverWithout({ gateway: null })
    for (const path of ['/', '/wall', '/api/v1/levels', '/api/v1/stats', '/api/v1/areas/x/explanation'])
      expect(await codeOf(await server.get(path))).toBe('GW-stage')
    const ready = await server.json('/readyz')
    expect(Object.keys(ready['dependencies'] ?? {})).toEqual(['log', 'state', 'ingest'])
    expect((await server.get('/open311/v2/services.json')).status).toBe(200)
    expect((await server.get('/metrics')).status).toBe(200)
  })

  it('[CS7] sends walls on to a gateway', async () => {
    const server = await serverWithout({ gateway: null })
    const wall = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, 'qingyu.v1')
    const heard: string[] = []
    wall.on('message', (data) => heard.push(String(data as Buffer)))
    const code = await new Promise<number>((done) => wall.once('close', done))
    expect(code).toBe(1013)
    expect(heard[0]).toContain('--stage gateway')
  })
})
