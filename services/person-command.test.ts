import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createAccounts, hashPassword } from './adapters/accounts.scrypt.ts'
import { namedPerson, personLine } from './person-command.ts'

const hash = (password: string) => Promise.resolve(`hash of ${password}`)

describe('qingyu person', () => {
  it('[PO10] makes a line that can be put below people', async () => {
    const args = [
      'li-wei',
      '--zh',
      '李微',
      '--en',
      'Li, Wei',
      '--role',
      'supervisor',
      '--area',
      '0120',
      '--unit',
      'water',
    ]
    const line = await personLine(namedPerson(args), 'correct horse', hash)
    expect(line.trimEnd().split('\n')).toHaveLength(1)
    expect(parse(`people:\n${line}`)).toEqual({
      people: {
        'li-wei': {
          name: { zh: '李微', en: 'Li, Wei' },
          role: 'supervisor',
          area: '0120',
          unit: 'water',
          password: 'hash of correct horse',
        },
      },
    })
  })

  it('[PO10] makes an officer of who has an id only, with a password that opens', async () => {
    const { people } = parse(
      `people:\n${await personLine(namedPerson(['li']), 'correct horse', hashPassword)}`,
    ) as {
      people: { li: { password: string } }
    }
    expect(people.li).toMatchObject({ name: { zh: 'li', en: 'li' }, role: 'officer' })
    const accounts = createAccounts(people)
    expect(await accounts.verify('li', Buffer.from('correct horse'))).toBe('right')
  })

  it.each([
    [[], 'person is not understood'],
    [['Li Wei'], 'person Li Wei is not understood'],
    [['qingyu'], 'person qingyu is not understood'],
    [['li', 'wang'], 'person li wang is not understood'],
    [['li', '--role', 'boss'], '--role boss is not understood'],
  ])('[PO10] refuses %j', (args, sentence) => {
    expect(() => namedPerson(args)).toThrow(sentence)
  })

  it('[PO10] refuses a password that is guessed, without repeating it', async () => {
    await expect(personLine(namedPerson(['li']), 'short', hash)).rejects.toThrow(
      /^A password this short is not/,
    )
  })
})
