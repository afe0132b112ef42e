/** Items by time, earliest first: a binary heap. Rate: per item that falls silent or starts a wait, never per observation. */
export class DeadlineQueue<Item> {
  readonly #times: number[] = []
  readonly #items: Item[] = []

  /** Items waiting. */
  get size(): number {
    return this.#times.length
  }

  push(time: number, item: Item): void {
    let at = this.#times.push(time) - 1
    this.#items.push(item)
    // Parents move down until the new item finds its place.
    while (at > 0) {
      const up = (at - 1) >> 1
      if ((this.#times[up] ?? 0) <= time) break
      this.#move(up, at)
      at = up
    }
    this.#times[at] = time
    this.#items[at] = item
  }

  /** Takes out all items whose time is before `now`. */
  due(now: number, take: (item: Item, time: number) => void): void {
    // Collected first, because `take` may push again.
    const due: [Item, number][] = []
    for (let first = this.#times[0]; first !== undefined && first < now; first = this.#times[0]) {
      const item = this.#items[0]
      this.#drop()
      if (item !== undefined) due.push([item, first])
    }
    for (const [item, time] of due) take(item, time)
  }

  /** Takes the last item's place for the first and lets it sink. */
  #drop(): void {
    const time = this.#times.pop()
    const item = this.#items.pop()
    const size = this.#times.length
    if (time === undefined || item === undefined || size === 0) return
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= size) break
      if (down + 1 < size && (this.#times[down + 1] ?? 0) < (this.#times[down] ?? 0)) down++
      if ((this.#times[down] ?? 0) >= time) break
      this.#move(down, at)
      at = down
    }
    this.#times[at] = time
    this.#items[at] = item
  }

  #move(from: number, to: number): void {
    const item = this.#items[from]
    if (item === undefined) return
    this.#times[to] = this.#times[from] ?? 0
    this.#items[to] = item
  }
}
