#!lua
-- Gives entries their places, tells the followers, and answers {'ok', last place before, left out...}: the indices
-- (from 0) of the entries whose outbox is further already. Refused as a whole when Redis has no memory left.
-- An order that another run of the server began is lost: its last transactions may be missing, and nobody may be left
-- who knows them. One that is not as far as the appender has heard is removed, so that it is lost for everybody before
-- its places are given a second time.
-- KEYS: order, log. ARGV: epoch, channel, largest notice in bytes, idle time in ms, last place heard of, then outbox,
-- number, text each.
local FIRST = 6
local fields, place = {'epoch', 'last', 'bytes', 'run'}, {}
for i = FIRST, #ARGV, 3 do
  local outbox = 'o:' .. ARGV[i]
  if not place[outbox] then
    fields[#fields + 1] = outbox
    place[outbox] = #fields
  end
end
local known = redis.call('HMGET', KEYS[1], unpack(fields))
if not known[1] or known[4] ~= string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') then
  return {'lost'}
end
if known[1] ~= ARGV[1] then
  return {'epoch', tonumber(known[1])}
end
if tonumber(known[2]) < tonumber(ARGV[5]) then
  redis.call('DEL', KEYS[1], KEYS[2])
  return {'lost'}
end

-- Lua's own conversion writes 1e+15.
local function decimal(number)
  return string.format('%.0f', number)
end

local before, bytes = tonumber(known[2]), 0
local last, reply = before, {'ok', before}
local lengths, texts = {}, {}
for i = FIRST, #ARGV, 3 do
  local at = place['o:' .. ARGV[i]]
  local seen = known[at] and tonumber(string.match(known[at], '^%d+')) or 0
  if tonumber(ARGV[i + 1]) > seen then
    local text = ARGV[i + 2]
    last = last + 1
    redis.call('XADD', KEYS[2], decimal(last) .. '-0', 't', text)
    known[at] = ARGV[i + 1] .. ' ' .. decimal(last)
    lengths[#lengths + 1] = #text
    texts[#texts + 1] = text
    bytes = bytes + #text
  else
    reply[#reply + 1] = (i - FIRST) / 3
  end
end
if last == before then
  return reply
end

local changes = {'last', decimal(last), 'bytes', decimal(tonumber(known[3]) + bytes)}
for at = 5, #fields do
  if known[at] then
    changes[#changes + 1] = fields[at]
    changes[#changes + 1] = known[at]
  end
end
redis.call('HSET', KEYS[1], unpack(changes))
local idle = tonumber(ARGV[4])
if redis.call('PTTL', KEYS[1]) < idle / 2 or redis.call('PTTL', KEYS[2]) < idle / 2 then
  redis.call('PEXPIRE', KEYS[1], idle)
  redis.call('PEXPIRE', KEYS[2], idle)
end
if bytes <= tonumber(ARGV[3]) then
  redis.call('SPUBLISH', ARGV[2],
    'O ' .. ARGV[1] .. ' ' .. decimal(before + 1) .. ' ' .. table.concat(lengths, ' ') .. '\n' .. table.concat(texts))
else
  redis.call('SPUBLISH', ARGV[2], 'R ' .. ARGV[1] .. ' ' .. decimal(last) .. '\n')
end
return reply
