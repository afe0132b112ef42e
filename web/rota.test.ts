import { describe, expect, it } from 'vitest'
import { Rota } from './rota.ts'

const named = ['http://gw1:8080', 'http://gw2:8080/', 'http://gw3:8080/wall']
const [one, two, three] = ['http://gw1:8080/', 'http://gw2:8080/', 'http://gw3:8080/wall/']

function rotaOf(own: string, list: readonly string[] = named): Rota {
  const rota = new Rota(own)
  rota.learn(list)
  return rota
}

/** Where a wall turns after each of so many losses. */
function turns(rota: Rota, losses: number): string[] {
  return Array.from({ length: losses }, () => {
    rota.lost(0, 0, false, 0.5)
    return rota.current
  })
}

describe('rota of gateways', () => {
  it('[WA25] tries its own again, then the others', () => {
    expect(turns(rotaOf('http://gw2:8080'), 5)).toEqual([two, three, one, two, three])
    expect(turns(rotaOf('http://hall.example/wall', named), 4)).toEqual([
      'http://hall.example/wall/',
      one,
      two,
      three,
    ])
    expect(turns(new Rota('http://gw1:8080/'), 3)).toEqual([one, one, one])
  })

  it('[WA25] stays where it found a picture', () => {
    const rota = rotaOf(one)
    turns(rota, 2)
    rota.joined()
    expect(turns(rota, 2)).toEqual([two, three])
    rota.learn(named.toReversed())
    expect(rota.current).toBe(three)
    rota.learn(['http://gw1:8080'])
    expect(rota.current).toBe(one)
  })

  it('[WA25] waits longer once all had their turn', () => {
    const rota = rotaOf(one)
    expect(Array.from({ length: 7 }, () => rota.lost(0, 0, false, 0.5))).toEqual([
      167, 167, 167, 333, 333, 333, 667,
    ])
    rota.joined()
    expect([rota.tries, rota.lost(0, 0, false, 0.5)]).toEqual([0, 167])
  })

  it('[WA25] leaves alone who asked for it', () => {
    const rota = rotaOf(one)
    expect([rota.lost(1000, 5000, false, 0.5), rota.current]).toEqual([167, two])
    expect([rota.lost(1500, 0, false, 0.5), rota.current]).toEqual([167, three])
    expect([rota.lost(2000, 0, false, 0.5), rota.current]).toEqual([167 + 4000, one])
    rota.joined()
    expect([rota.lost(9000, 0, true, 0.5), rota.current]).toEqual([167, two])
    const alone = new Rota(one)
    expect([alone.lost(0, 5000, false, 0.5), alone.current]).toEqual([5500, one])
  })

  it('[WA25] turns to nothing that its page may not open', () => {
    const mixed = [...named, 'https://gw4.example', 'nowhere']
    expect(turns(rotaOf('https://gw4.example/', mixed), 2)).toEqual([
      'https://gw4.example/',
      'https://gw4.example/',
    ])
    expect(turns(rotaOf(one, mixed), 4)).toEqual([one, two, three, 'https://gw4.example/'])
  })
})
