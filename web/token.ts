const KEY = 'qingyu.token'
const SAFE = /^[\w.~-]{1,256}$/

/**
 * The token of this wall: given once behind `#token=`, which no browser sends on, then kept by the browser and taken out of
 * the address bar. '' where none is needed.
 */
export function wallToken(): string {
  const given = new URLSearchParams(location.hash.slice(1)).get('token')
  if (given !== null) {
    if (SAFE.test(given)) localStorage.setItem(KEY, given)
    window.history.replaceState(null, '', location.pathname + location.search)
  }
  return localStorage.getItem(KEY) ?? ''
}
