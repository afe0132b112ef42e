import { readFileSync } from 'node:fs'
import { ParseOption, XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm'
import { recorded } from './recorded-city.ts'

const file = recorded('cap/cap12.xsd')

/** Whether the schema of CAP 1.2 is at hand. */
export const HAS_CAP_SCHEMA = file !== undefined

/** A message of the recorded set. */
export function capSample(name: string): string {
  return readFileSync(recorded(`cap/${name}`) ?? '', 'utf8')
}

let validator: XsdValidator | undefined

/** Why a message breaks the schema of CAP 1.2; '' for a sound one. */
export function schemaFault(xml: string): string {
  if (validator === undefined) {
    const schema = XmlDocument.fromString(readFileSync(file ?? '', 'utf8'))
    validator = XsdValidator.fromDoc(schema)
    schema.dispose()
  }
  const document = XmlDocument.fromString(xml, { option: ParseOption.XML_PARSE_NONET })
  try {
    validator.validate(document)
    return ''
  } catch (error) {
    if (error instanceof XmlValidateError) return error.message
    throw error
  } finally {
    document.dispose()
  }
}
