import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPersonal, redact } from './personal.ts'

const utf8 = new TextEncoder()
const kept = (text: string) => new TextDecoder().decode(redact(utf8.encode(text)))

describe('personal', () => {
  it('[OB9] knows personal fields by their words', () => {
    const personal = [
      'name',
      'Name',
      'first_name',
      'phone',
      'phone2',
      'callerPhone',
      'reporter-email',
      'TEL',
      'id_card_no',
      'idCardNo',
    ]
    const also = ['licensePlate', 'plate', 'faceId', 'wechat_id', '姓名', '车牌号', '联系电话', 'contact']
    const harmless = [
      'surface',
      'station_name',
      'hotel',
      'platelet',
      'named',
      'battery',
      'template',
      'id',
      'device_id',
      '备注',
    ]
    expect([...personal, ...also].filter((field) => !isPersonal(field))).toEqual([])
    expect(harmless.filter(isPersonal)).toEqual([])
  })

  it('[OB19] keeps structure and own fields of what was refused', () => {
    expect(
      kept('{"indicator":"pm99", "value":3.5,"time":"2026-11-22T12:00:00+08:00","lon":1,"lat":null}'),
    ).toBe('{"indicator":"pm99", "value":3.5,"time":"2026-11-22T12:00:00+08:00","lon":1,"lat":null}')
    expect(kept('[{"value":"abc"},{"x":NaN')).toBe('[{"value":…},{"x":NaN')
  })

  it('[OB19] strips everything that may be personal', () => {
    expect(kept('{"name":"Li Si","phone":13812345678,"note":"call \\"me\\"","id":"138"}')).toBe(
      '{"name":…,"phone":…,"note":…,"id":…}',
    )
    expect(kept('{"value":{"caller":"Li"},"area":["Li"]}')).toBe('{"value":{"caller":…},"area":[…]}')
    expect(kept('Li Si, 13812345678')).toBe('… …, …')
    expect(kept('{"address":"Main Street 5","张三":1}')).toBe('{"address":…,"…":…}')
    expect(kept('{"note":"cut off')).toBe('{"note":…')
  })

  it('[OB19] keeps at most 1 KiB of any bytes', () => {
    expect(redact(utf8.encode(`[${'1,'.repeat(5000)}`)).length).toBeLessThanOrEqual(1024)
    expect(redact(utf8.encode(`{"${'x'.repeat(5000)}`)).length).toBeLessThanOrEqual(1024)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        expect(redact(bytes).length).toBeLessThanOrEqual(1024)
      }),
    )
  })
})
