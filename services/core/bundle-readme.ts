import type { BundleManifest } from './bundle-manifest.ts'
import { isoOf } from './time.ts'

/** What somebody reads who has a bundle and nothing else, in both languages. The same bundle gives the same text. */
export function bundleReadme({
  name,
  city,
  from,
  to,
  incident,
  alert,
}: Pick<BundleManifest, 'name' | 'city' | 'from' | 'to' | 'incident' | 'alert'>): string {
  const subject = [name, incident, alert].filter((each) => each !== '').join(' · ')
  const span = `${isoOf(from)} – ${isoOf(to)}`
  return `Qingyu 晴雨 bundle / 事件包
${city.zh} ${city.en}${subject === '' ? '' : ` · ${subject}`}
${span}

What came in, what it came to and what people did in this time, cut to the tick. People stand in it by id only;
nobody's address, no caller and no picture is in it.
这段时间内的观测、判定、告警与处置记录，按节拍截取。人员只以编号出现；不含任何人的联系方式、来电人或影像。

Replay it / 回放
  qingyu bundle verify FILE     checks every file and the signature / 校验每个文件与签名
  qingyu bundle open FILE       then open /analyst, choose it, play / 打开后在分析页选择并播放
  No network is needed; it plays by its own grid and rules. / 无需网络；按包内自带的网格与规则播放。

Ask it in SQL / 用 SQL 查询 (unzip first / 先解压; DuckDB, pandas, Spark)
  duckdb -c "SELECT * FROM read_parquet('*/observations/**/*.parquet', hive_partitioning = true) LIMIT 20"
  Tables / 表: observations, ticks, actions, changes, alerts

Files / 文件
  manifest.json    what is in it, with the SHA-256 of every file / 内容清单与各文件校验和
  signature.json   Ed25519 over the manifest, with the public key / 对清单的签名与公钥
  plans/           grid, rules and settings by which it was judged (zstd, JSON) / 当时的网格、规则与设置
  */segments/      what each segment holds / 各段内容
  */keyframes/     the city as it stood, from which a replay begins / 回放起点的城市状态
`
}
