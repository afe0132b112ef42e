import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openArchive } from './adapters/archive.parquet.ts'
import { unpackBundle } from './adapters/bundle.unpack.ts'
import { archiveFolder } from './archive-folder.ts'
import type { Config } from './config-schema.ts'
import type { Archive } from './ports.ts'
import { rehearseCommand, type Past } from './rehearse-command.ts'

type Opened = { readonly archive: Archive; close(): Promise<void> }

function folderOf(dir: string): Opened {
  const archive = openArchive(dir)
  return { archive, close: () => archive.close() }
}

/** Unpacked to a folder of its own, which goes when it is closed. */
async function bundleOf(file: string): Promise<Opened> {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-rehearse-'))
  const remove = () => rmSync(dir, { recursive: true, force: true })
  try {
    await unpackBundle(file, dir)
  } catch (error) {
    remove()
    throw error
  }
  const { archive } = folderOf(dir)
  return {
    archive,
    async close() {
      await archive.close()
      remove()
    },
  }
}

/** Runs `qingyu rehearse`; `configOf` reads the configuration that was named. How far it is goes to a terminal alone. */
export async function rehearse(
  args: readonly string[],
  configOf: (file: string | undefined) => Config,
): Promise<void> {
  const { stderr, stdout } = process
  const open = async (past: Past): Promise<Opened> => {
    if ('bundle' in past) return bundleOf(resolve(past.bundle))
    return folderOf('archive' in past ? resolve(past.archive) : archiveFolder(configOf(past.config)))
  }
  const progress = (share: number) => {
    if (stderr.isTTY) stderr.write(`\r${Math.floor(share * 100)} % `)
  }
  const report = await rehearseCommand(args, { open, progress })
  if (stderr.isTTY) stderr.write('\r')
  stdout.write(report)
}
