/** Questions asked of the state at the same time. */
const AT_ONCE = 512

/** Asks one question per area, a bounded number at a time; answers in the order of `areas`. */
export async function askEach<T>(areas: readonly number[], ask: (area: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = []
  for (let first = 0; first < areas.length; first += AT_ONCE)
    for (const answer of await Promise.all(areas.slice(first, first + AT_ONCE).map(ask))) answers.push(answer)
  return answers
}
