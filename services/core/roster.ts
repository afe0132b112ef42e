/** Somebody on duty. `order` 0 is told first; then the next. */
export interface OnDuty {
  readonly person: string
  readonly order: number
  /** End of the shift, ms. */
  readonly until: number
  readonly source: 'shift' | 'cover'
}
