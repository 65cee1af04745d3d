#!lua flags=allow-oom
-- Begins an order, unless this run of the server has one of this epoch or a later one: {epoch, floor, last, durable}.
-- What the server still has, after a restart, of the order of the epoch before stays in it: it may lack the last
-- transactions, but what is there was accepted.
-- KEYS: order, log, marks. ARGV: epoch, place, channel, idle time in ms.
local known = redis.call('HMGET', KEYS[1], 'epoch', 'floor', 'last', 'durable', 'run')
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local epoch, after = tonumber(ARGV[1]), tonumber(ARGV[2])
if known[1] and known[5] == run and tonumber(known[1]) >= epoch then
  return {tonumber(known[1]), tonumber(known[2]), tonumber(known[3]), tonumber(known[4])}
end

local floor, last = tonumber(known[2] or 0), tonumber(known[3] or 0)
local is_before = known[1] and known[5] ~= run and tonumber(known[1]) + 1 == epoch
local has_rest = floor <= after and after < last and redis.call('XLEN', KEYS[2]) == last - floor
if is_before and has_rest then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'durable', ARGV[2], 'run', run)
else
  floor, last = after, after
  redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
  redis.call('HSET', KEYS[1],
    'epoch', ARGV[1], 'floor', ARGV[2], 'last', ARGV[2], 'durable', ARGV[2], 'bytes', '0', 'scan', '0', 'run', run)
end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[4]))
redis.call('SPUBLISH', ARGV[3], 'E ' .. ARGV[1] .. '\n')
return {epoch, floor, last, after}
