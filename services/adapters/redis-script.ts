import { createHash } from 'node:crypto'

/**
 * A Lua script that Redis runs as one step. Each is passed every key it touches, all of one partition, so that it works on a
 * Redis Cluster, also while slots move; only commands of Redis 7.0.
 */
export interface RedisScript {
  readonly lua: string
  readonly sha: string
}

function script(...parts: readonly string[]): RedisScript {
  const lua = parts.join('\n')
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/**
 * What may become of a commit that expects the head at `expected`: `done` it stands there already, `decided` its chunks are
 * being merged, `fenced` or `rewound` as ports.State says, `late` its tick is not after the last, else `go`; with the offset
 * (or, when late, the tick) that stands there.
 */
const VERDICT = `
local function verdict(owner, expected, offset, at)
  local head = redis.call('HMGET', KEYS[1], 'owner', 'offset', 'at', 'toOffset', 'toAt')
  local holder, reached, tick = tonumber(head[1] or 0), head[2] or '0', head[3] or '0'
  if holder > tonumber(owner) then return 'fenced', reached end
  if holder < tonumber(owner) then return 'rewound', reached end
  if reached == offset and tick == at then return 'done', reached end
  if head[4] == offset and head[5] == at then return 'decided', reached end
  if head[4] then return 'fenced', reached end
  if tonumber(reached) < tonumber(expected) then return 'rewound', reached end
  if tonumber(reached) > tonumber(expected) then return 'fenced', reached end
  if tonumber(at) <= tonumber(tick) then return 'late', tick end
  return 'go', reached
end`

/** Applies one chunk (redis-chunk.ts); keys of histories follow KEYS[first - 1]. */
const APPLY = `
local function apply(packed, state, levels, days, first)
  local chunk = cmsgpack.unpack(packed)
  local sets, gone, now, lines, panes = chunk[1], chunk[2], chunk[3], chunk[4], chunk[5]
  if #sets > 0 then redis.call('HSET', state, unpack(sets)) end
  if #gone > 0 then redis.call('HDEL', state, unpack(gone)) end
  if #now > 0 then redis.call('HSET', levels, unpack(now)) end
  local key = first
  for i = 1, #lines, 2 do
    redis.call('ZADD', KEYS[key], lines[i], lines[i + 1])
    key = key + 1
  end
  for i = 1, #panes, 2 do
    if redis.call('APPEND', KEYS[key], panes[i + 1]) == 20 then redis.call('ZADD', days, panes[i], KEYS[key]) end
    key = key + 1
  end
end`

/** Drops tick records before the horizon, ten minutes of them in one step; 1 when more are left. */
const DROP = `
local function tickOf(entry) return tonumber(string.match(entry[1], '%d+')) end
local function drop(head, ticks, horizon)
  local first = redis.call('XRANGE', ticks, '-', '+', 'COUNT', 1)[1]
  if not first or tickOf(first) >= horizon then return 0 end
  local till = string.format('%.0f', math.min(horizon, tickOf(first) + 600000))
  local last = redis.call('XREVRANGE', ticks, '(' .. till .. '-0', '-', 'COUNT', 1)[1]
  redis.call('XTRIM', ticks, 'MINID', till)
  redis.call('HSET', head, 'floor', string.format('%.0f', tickOf(last) + 1))
  return tonumber(till) < horizon and 1 or 0
end`

/** Makes a commit the last one. Its record comes first: a Redis without memory refuses it before anything is written. */
const TELL = `
local function record(ticks, offset, at, bytes)
  redis.call('XADD', ticks, at .. '-0', 'o', offset, 'r', bytes)
end
local function tell(head, ticks, minutes, offset, at, kept, channel, partition)
  local before = tonumber(redis.call('HGET', head, 'at') or 0)
  if before == 0 or math.floor(tonumber(at) / 60000) ~= math.floor(before / 60000) then
    redis.call('ZADD', minutes, at, at .. ' ' .. offset)
  end
  redis.call('HSET', head, 'offset', offset, 'at', at)
  drop(head, ticks, tonumber(at) - tonumber(kept))
  redis.call('PUBLISH', channel, partition)
end`

/** KEYS head state levels days ticks minutes, histories; ARGV owner expected offset at kept channel partition chunk record. */
export const COMMIT = script(
  VERDICT,
  APPLY,
  DROP,
  TELL,
  `
local word, value = verdict(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
if word ~= 'go' then return {word, value} end
record(KEYS[5], ARGV[3], ARGV[4], ARGV[9])
apply(ARGV[8], KEYS[2], KEYS[3], KEYS[4], 7)
tell(KEYS[1], KEYS[5], KEYS[6], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
return {'done', ARGV[3]}`,
)

/**
 * Lays a part of a large commit aside; the first part removes what another left, `again` means that the first is missing.
 * KEYS head next; ARGV owner expected offset at part field value …
 */
export const STAGE = script(
  VERDICT,
  `
local word, value = verdict(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
if word ~= 'go' then return {word, value} end
local of = ARGV[1] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4]
if ARGV[5] == '1' then
  redis.call('UNLINK', KEYS[2])
  redis.call('HSET', KEYS[2], 'of', of)
elseif redis.call('HGET', KEYS[2], 'of') ~= of then
  return {'again', value}
end
redis.call('HSET', KEYS[2], unpack(ARGV, 6))
return {word, value}`,
)

/**
 * From here on a large commit will be made, by whoever comes; `again` means that not all of it lies aside.
 * KEYS head next; ARGV owner expected offset at chunks fields.
 */
export const DECIDE = script(
  VERDICT,
  `
local word, value = verdict(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
if word ~= 'go' then return {word, value} end
local of = ARGV[1] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4]
if redis.call('HGET', KEYS[2], 'of') ~= of or redis.call('HLEN', KEYS[2]) ~= tonumber(ARGV[6]) then
  return {'again', value}
end
redis.call('HSET', KEYS[1], 'chunks', ARGV[5], 'merged', 0, 'toOffset', ARGV[3], 'toAt', ARGV[4])
return {'decided', value}`,
)

/** Merges chunk n of the decided commit of an offset and tick, unless that was done. KEYS head state levels days next, histories; ARGV n offset at. */
export const MERGE = script(
  APPLY,
  `
local head = redis.call('HMGET', KEYS[1], 'toOffset', 'toAt', 'merged')
if head[1] ~= ARGV[2] or head[2] ~= ARGV[3] then return 0 end
if tonumber(head[3]) ~= tonumber(ARGV[1]) - 1 then return 0 end
apply(redis.call('HGET', KEYS[5], ARGV[1]), KEYS[2], KEYS[3], KEYS[4], 6)
redis.call('HSET', KEYS[1], 'merged', ARGV[1])
return 1`,
)

/** Ends a decided commit whose chunks are all merged. KEYS head ticks minutes next; ARGV kept channel partition. */
export const FINISH = script(
  DROP,
  TELL,
  `
local head = redis.call('HMGET', KEYS[1], 'chunks', 'merged', 'toOffset', 'toAt')
if not head[1] or head[1] ~= head[2] then return 0 end
record(KEYS[2], head[3], head[4], redis.call('HGET', KEYS[4], 'record'))
tell(KEYS[1], KEYS[2], KEYS[3], head[3], head[4], ARGV[1], ARGV[2], ARGV[3])
redis.call('HDEL', KEYS[1], 'chunks', 'merged', 'toOffset', 'toAt')
redis.call('UNLINK', KEYS[4])
return 1`,
)

/**
 * Takes a partition over from the owner it is known to have (ARGV 1), once per claim (ARGV 2): a claim that arrives late, after
 * another's, does nothing. Owners are numbered by the time of Redis in µs, so that one from before a loss of data is never
 * above one after it. What another laid aside and did not decide is removed. KEYS head next.
 */
export const CLAIM = script(`
local head = redis.call('HMGET', KEYS[1], 'owner', 'claim', 'chunks')
local owner = head[1] or '0'
if head[2] == ARGV[2] then return {'mine', owner} end
if owner ~= ARGV[1] then return {'taken', owner} end
local now = redis.call('TIME')
local mine = string.format('%.0f', math.max(tonumber(owner) + 1, tonumber(now[1]) * 1000000 + tonumber(now[2])))
redis.call('HSET', KEYS[1], 'owner', mine, 'claim', ARGV[2])
if not head[3] then redis.call('UNLINK', KEYS[2]) end
return {'mine', mine}`)

/** Floor, newest tick, then id and record of the ticks from ARGV[1] on, at most ARGV[2] and about ARGV[3] bytes. KEYS head ticks. */
export const PAGE = script(`
local head = redis.call('HMGET', KEYS[1], 'floor', 'at')
local page, size, from = {head[1] or '0', head[2] or '0'}, 0, ARGV[1] .. '-0'
while #page < 2 * (tonumber(ARGV[2]) + 1) and size < tonumber(ARGV[3]) do
  local entry = redis.call('XRANGE', KEYS[2], from, '+', 'COUNT', 1)[1]
  if not entry then break end
  page[#page + 1] = entry[1]
  page[#page + 1] = entry[2][4]
  size = size + #entry[2][4]
  from = '(' .. entry[1]
end
return page`)

/** Offset reached at tick ARGV[1]: by the tick's record, or else by the minute; false when neither is held. KEYS ticks minutes. */
export const OFFSET = script(`
local entry = redis.call('XREVRANGE', KEYS[1], ARGV[1] .. '-18446744073709551615', '-', 'COUNT', 1)[1]
if entry then return entry[2][2] end
local minute = redis.call('ZREVRANGEBYSCORE', KEYS[2], ARGV[1], '-inf', 'LIMIT', 0, 1)[1]
return minute and string.match(minute, ' (%d+)')`)

/** Drops ticks before ARGV[1], offsets before ARGV[2], and hides readings before ARGV[2]; 1 when more ticks are left. KEYS head ticks minutes. */
export const TRIM = script(
  DROP,
  `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', '(' .. ARGV[2])
if tonumber(redis.call('HGET', KEYS[1], 'kept') or 0) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'kept', ARGV[2])
end
return drop(KEYS[1], KEYS[2], tonumber(ARGV[1]))`,
)

/** Drops level lines before the one in force at ARGV[1]. KEYS level histories. */
export const TRIM_LEVELS = script(`
for _, key in ipairs(KEYS) do
  local held = redis.call('ZREVRANGEBYSCORE', key, '(' .. ARGV[1], '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if held[2] then redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. held[2]) end
end
return 1`)

/** Writes what a prefix belongs to, unless it stands there; answers the values that stand. KEYS belongs; ARGV field value … */
export const BELONG = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HSET', KEYS[1], unpack(ARGV)) end
local values = {}
for i = 1, #ARGV, 2 do values[#values + 1] = redis.call('HGET', KEYS[1], ARGV[i]) or '?' end
return values`)

/** Whether a vendor is among those whose letters are kept; the first ARGV[2] are. KEYS vendors; ARGV vendor most. */
export const ENROL = script(`
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 1 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
return redis.call('SADD', KEYS[1], ARGV[1])`)

/** Puts letters on a vendor's list, newest last in ARGV; answers how many older ones made room. KEYS letters; ARGV most letter … */
export const POST = script(`
local length = redis.call('LPUSH', KEYS[1], unpack(ARGV, 2))
redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)
return math.max(0, length - ARGV[1])`)

/**
 * Puts an entry of the registry as JSON: always, or only where one is absent or present that is not over at ARGV[6]; answers what
 * then stands, false where nothing does. The oldest of its person beyond ARGV[4] go. KEYS entries order numbers; ARGV key JSON
 * person most when now.
 */
export const ENTER = script(`
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and cjson.decode(known).expires <= tonumber(ARGV[6]) then known = false end
if known and ARGV[5] == 'absent' then return known end
if not known and ARGV[5] == 'present' then return false end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[3]), ARGV[1])
while redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[4]) do
  local gone = redis.call('ZPOPMIN', KEYS[2])[1]
  local entry = redis.call('HGET', KEYS[1], gone)
  if entry and cjson.decode(entry).person == ARGV[3] then redis.call('HDEL', KEYS[1], gone) end
end
return ARGV[2]`)

/** The entries of one person, oldest first, as JSON. KEYS entries order. */
export const ENTRIES = script(`
local keys = redis.call('ZRANGE', KEYS[2], 0, -1)
return #keys == 0 and {} or redis.call('HMGET', KEYS[1], unpack(keys))`)

/** Takes or renews a lease for ARGV[2] ms where nobody else holds it; 1 when it is ARGV[1]'s now. KEYS lease; ARGV token ms. */
export const LEASE = script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`)

/** Ends a lease, if it is still ARGV[1]'s. KEYS lease; ARGV token. */
export const RELEASE = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)
