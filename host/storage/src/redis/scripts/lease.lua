#!lua flags=allow-oom
-- Takes or renews a lease: 1 when the holder has it. KEYS: lease. ARGV: holder, ms.
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', tonumber(ARGV[2]))
return 1
