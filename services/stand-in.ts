/**
 * Something that always acts as what is current, for those who are handed it once. `own` answers for itself. Bound methods only:
 * nothing may be compared by identity.
 */
export function standIn<Of extends object>(current: () => Of, own: Partial<Of> = {}): Of {
  return new Proxy({} as Of, {
    get(_, name) {
      const of = Object.hasOwn(own, name) ? own : current()
      const value: unknown = Reflect.get(of, name)
      return typeof value === 'function' ? (value.bind(of) as unknown) : value
    },
  })
}
