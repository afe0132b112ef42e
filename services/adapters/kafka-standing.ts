/** Whether a connection does its work, and a sentence for `/readyz`. */
export interface Standing {
  readonly ready: boolean
  readonly state: string
}
