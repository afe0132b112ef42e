import { DuckDBInstance } from '@duckdb/node-api'
import { onTestFinished } from 'vitest'

export type Row = Readonly<Record<string, unknown>>

/** Asks a database in memory, which reads Parquet files as they are and knows nothing of this program. */
export async function sqlOf(): Promise<(query: string) => Promise<readonly Row[]>> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  onTestFinished(() => {
    connection.closeSync()
    instance.closeSync()
  })
  return async (query) => (await connection.runAndReadAll(query)).getRowObjectsJS()
}

/** A number of a row; NaN for null. */
export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column]
  return value === null || value === undefined ? NaN : Number(value)
}
