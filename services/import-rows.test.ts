import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { openRows } from './import-rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'qingyu-rows-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function all(path: string, delimiter?: string) {
  const opened = await openRows(path, delimiter)
  const list: (readonly string[])[] = []
  for await (const row of opened.rows) list.push(row)
  return { header: opened.header, list, progress: opened.progress() }
}

describe('rows of a file', () => {
  it('[IM13] reads CSV with quotes, plain and packed', async () => {
    const text = '\uFEFFa,b\r\n1,"x, ""y""\nz"\r\n\r\n3\r\n'
    const expected = { header: ['a', 'b'], list: [['1', 'x, "y"\nz'], ['3']], progress: 1 }
    expect(await all(file('plain.csv', text))).toEqual(expected)
    expect(await all(file('packed.csv.gz', gzipSync(text)))).toEqual(expected)
    expect((await all(file('semi.csv', 'a;b\n1;2\n'), ';')).list).toEqual([['1', '2']])
  })

  it('[IM13] reads a JSON array of uneven objects', async () => {
    const path = file('rows.json', JSON.stringify([{ a: 'x', n: 5 }, { b: { c: 1 }, a: null }, 7]))
    expect(await all(path)).toEqual({
      header: ['a', 'n', 'b'],
      list: [
        ['x', '5', ''],
        ['', '', '{"c":1}'],
        ['', '', ''],
      ],
      progress: 1,
    })
  })

  it.each([
    ['nowhere.csv', undefined, /there is no such file/],
    ['empty.csv', '', /it is empty/],
    ['broken.json', '[{', /IM|JSON|Expected/],
    ['object.json', '{"a":1}', /not a JSON array/],
    ['cut.csv.gz', gzipSync('a,b\n1,2\n'.repeat(2000)).subarray(0, 40), /unexpected end|cannot be read/i],
  ])('[IM14] says why %s cannot be read', async (name, content, why) => {
    const path = content === undefined ? join(folder, name) : file(name, content)
    await expect(all(path)).rejects.toMatchObject({ code: 'IM-file' })
    await expect(all(path)).rejects.toThrow(why)
  })

  it('[IM14] bounds a row that never ends', async () => {
    const path = file('endless.csv', `a,b\n1,"${'x'.repeat(2 * 1024 * 1024)}`)
    await expect(all(path)).rejects.toMatchObject({ code: 'IM-file' })
  })
})
