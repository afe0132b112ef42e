/** Words that mark a field as personal wherever they stand in its name. */
const WORDS = new Set(
  (
    'phone telephone tel mobile cellphone email mail plate face caller passport idcard ssn wechat weixin openid ' +
    'person surname nickname birthday birthdate imei imsi idnumber idno identitycard'
  ).split(' '),
)
/** Whole names, without separators, that mark a field as personal. */
const NAMES = new Set(
  (
    'name fullname firstname lastname givenname familyname username realname contact contactname ownername drivername ' +
    'residentname patientname xingming shouji dianhua chepai licenseplate licenceplate platenumber plateno carnumber ' +
    'phonenumber phoneno idnumber idno idcardno identity identitycard homeaddress sex gender'
  ).split(' '),
)
const CHINESE = /姓名|电话|手机|身份证|车牌|邮箱|人脸|联系人|来电|微信|护照|住址|性别|生日/

/** True when a field of that name may hold what names a person (law 6): refused as OB-personal. */
export function isPersonal(field: string): boolean {
  if (CHINESE.test(field)) return true
  const words = field
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  if (NAMES.has(words.join(''))) return true
  return words.some(
    (word, i) => WORDS.has(word.replace(/\d+$/, '')) || WORDS.has(word + (words[i + 1] ?? '')),
  )
}

/** A mobile number, with or without +86, and an identity number of GB 11643, wherever they stand; longer runs of digits are neither. */
const NUMBER_OF_SOMEBODY = /(?<!\d)(?<!\d\.)(?:(?:86)?1[3-9]\d{9}|\d{17}[\dXx])(?!\d)/
const CODE = /^[A-Za-z0-9._:-]{1,64}$/

/**
 * True when a text holds what looks like somebody's number. It hides a few area codes of eleven digits from messages, too: their
 * sender still has the pointer. Rate: per refusal.
 */
export function namesSomebody(text: string): boolean {
  return NUMBER_OF_SOMEBODY.test(text)
}

/** A text without what looks like somebody's number, each replaced by `…`: what people write about alerts. */
export function withoutNumbers(text: string): string {
  return text.replace(new RegExp(NUMBER_OF_SOMEBODY, 'g'), '…')
}

/** A sender's word as a message may repeat it: itself when it is a code and nobody's number, else only its length. */
export function repeatable(text: string, pattern = CODE): string {
  return pattern.test(text) && !namesSomebody(text) ? text : `a text of ${text.length} characters`
}

/** Fields whose values a dead letter may keep, and what such a value may look like. */
const KEPT: ReadonlyMap<string, RegExp> = new Map([
  ['indicator', /^"[A-Za-z0-9._:-]{0,64}"$/],
  ['area', /^"[A-Za-z0-9._:-]{0,64}"$/],
  ['address', /^"[A-Za-z0-9._:-]{0,64}"$/],
  ['time', /^"?[0-9TtZz:+., -]{0,40}"?$/],
  ['value', /^"?[0-9eE+., -]{0,32}"?$/],
  ['lon', /^"?[0-9eE+., -]{0,32}"?$/],
  ['lat', /^"?[0-9eE+., -]{0,32}"?$/],
])
const WORD_LIKE = /^(null|true|false|NaN|-?Infinity)$/
/** One token: a string (closed or cut off), a run of blanks, a mark of structure, or anything else up to one of these. */
const TOKEN = /"(?:[^"\\]|\\[^])*(?:"|\\?$)|\s+|[{}[\],:]|[^\s{}[\],:"]+/g
const MOST_READ = 4096
const MOST_KEPT = 1024
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/**
 * What of a refused payload may be kept: its structure, its field names and the values of an observation's own fields, where
 * they look like codes, numbers or times; everything else, free text above all, is replaced by `…`. At most 1 KiB. Works on
 * broken JSON too. Rate: per refusal.
 */
export function redact(payload: Uint8Array): Uint8Array {
  const tokens = decoder.decode(payload.subarray(0, MOST_READ)).match(TOKEN) ?? []
  let text = ''
  let field = ''
  for (const [i, token] of tokens.entries()) {
    if (text.length > MOST_KEPT) break
    if (/^\s/.test(token)) text += ' '
    else if (/^[{}[\],:]$/.test(token)) {
      text += token
      if (token !== ':') field = ''
    } else if (token.startsWith('"') && next(tokens, i) === ':') {
      field = token.slice(1, -1)
      text += /^[A-Za-z_][A-Za-z0-9._-]{0,63}$/.test(field) && !namesSomebody(field) ? token : '"…"'
    } else text += isKept(field, token) || WORD_LIKE.test(token) ? token : '…'
  }
  const room = new Uint8Array(MOST_KEPT)
  return room.slice(0, encoder.encodeInto(text, room).written)
}

function isKept(field: string, token: string): boolean {
  return KEPT.get(field)?.test(token) === true && !namesSomebody(token)
}

function next(tokens: readonly string[], i: number): string | undefined {
  const follower = tokens[i + 1]
  return follower !== undefined && /^\s/.test(follower) ? tokens[i + 2] : follower
}
