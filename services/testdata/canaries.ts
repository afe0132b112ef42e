/** What names a person, one of each kind: a name, a phone number, a plate, an e-mail, an ID-card number. All invented. */
export const CANARIES = [
  '司徒晓岚',
  '13952017788',
  '苏AZ7Q91',
  'xiaolan.situ@example.com',
  '32010219880312772X',
]

/** The same as names of sources and services are rewritten. */
const slugOf = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-')
/** As JSON writes what is not ASCII. */
const escaped = (text: string) =>
  text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
const utf16 = (text: string, isBigEndian: boolean) => {
  const bytes = Buffer.from(text, 'utf16le')
  return (isBigEndian ? bytes.swap16() : bytes).toString('latin1')
}

/** All the forms in which a canary may hide, as one character a byte, in lower case. */
const FORMS = CANARIES.flatMap((canary) =>
  [
    ...[canary, slugOf(canary), escaped(canary), encodeURIComponent(canary)].map((form) =>
      Buffer.from(form).toString('latin1'),
    ),
    Buffer.from(canary).toString('base64').slice(0, -4),
    Buffer.from(canary).toString('hex'),
    utf16(canary, false),
    utf16(canary, true),
  ]
    // A slug of Chinese is nothing but a dash or two letters.
    .filter((form) => form.length >= 6)
    .map((form) => ({ canary, form: form.toLowerCase() })),
)

/** The canaries that bytes or a text hold, with what stands around each; case does not hide them. */
export function found(where: string, held: Uint8Array | string): string[] {
  const text = Buffer.from(held as string)
    .toString('latin1')
    .toLowerCase()
  return FORMS.flatMap(({ canary, form }) => {
    const at = text.indexOf(form)
    if (at < 0) return []
    const around = Buffer.from(text.slice(Math.max(0, at - 120), at + 60), 'latin1').toString('utf8')
    return [`${where}: ${canary} in ${JSON.stringify(around)}`]
  })
}
