#!lua flags=allow-oom
-- Notes what is durable, tells the followers, and drops what has been durable for long: {'ok', durable}.
-- KEYS: order, log, marks. ARGV: epoch, durable, channel, what is kept of the durable: transactions, bytes, ms; idle
-- time in ms; how many outboxes are remembered before those are forgotten whose transactions are dropped.
local known = redis.call('HMGET', KEYS[1], 'epoch', 'floor', 'last', 'durable', 'bytes', 'scan', 'run')
if not known[1] or known[7] ~= string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') then
  return {'lost'}
end
if known[1] ~= ARGV[1] then
  return {'epoch', tonumber(known[1])}
end
local function decimal(number)
  return string.format('%.0f', number)
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local floor, bytes = tonumber(known[2]), tonumber(known[5])
local durable = math.min(tonumber(ARGV[2]), tonumber(known[3]))
if durable > tonumber(known[4]) then
  redis.call('HSET', KEYS[1], 'durable', decimal(durable))
  redis.call('RPUSH', KEYS[3], decimal(durable) .. ' ' .. decimal(bytes) .. ' ' .. decimal(now))
  redis.call('SPUBLISH', ARGV[3], 'D ' .. ARGV[1] .. ' ' .. decimal(durable) .. '\n')
else
  durable = tonumber(known[4])
end

-- Each mark says: up to here it was durable at that time, when so many bytes had been appended.
local trimmed = floor
for _ = 1, 64 do
  local mark = redis.call('LINDEX', KEYS[3], 0)
  if not mark then
    break
  end
  local seq, size, noted = string.match(mark, '(%d+) (%d+) (%d+)')
  if durable - seq < tonumber(ARGV[4]) and bytes - size <= tonumber(ARGV[5]) and now - noted <= tonumber(ARGV[6]) then
    break
  end
  trimmed = math.max(trimmed, tonumber(seq))
  redis.call('LPOP', KEYS[3])
end
if trimmed > floor then
  redis.call('XTRIM', KEYS[2], 'MINID', decimal(trimmed + 1) .. '-0')
  redis.call('HSET', KEYS[1], 'floor', decimal(trimmed))
end

if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[8]) then
  local scanned = redis.call('HSCAN', KEYS[1], known[6], 'MATCH', 'o:*', 'COUNT', 256)
  redis.call('HSET', KEYS[1], 'scan', scanned[1])
  for i = 1, #scanned[2], 2 do
    if tonumber(string.match(scanned[2][i + 1], '%d+$')) <= trimmed then
      redis.call('HDEL', KEYS[1], scanned[2][i])
    end
  end
end
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, tonumber(ARGV[7]))
end
return {'ok', durable}
