#!lua flags=no-writes
-- The next texts after a place: {'ok', floor, last, durable, text at the place or '', texts...}.
-- KEYS: order, log. ARGV: epoch, place, most texts, most bytes, 1 to read the text at the place too.
local known = redis.call('HMGET', KEYS[1], 'epoch', 'floor', 'last', 'durable', 'run')
if not known[1] or known[5] ~= string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') then
  return {'lost'}
end
if known[1] ~= ARGV[1] then
  return {'epoch', tonumber(known[1])}
end
local after, floor, last = tonumber(ARGV[2]), tonumber(known[2]), tonumber(known[3])
if after > last then
  return {'ahead'}
end
if after < floor then
  return {'trimmed', floor}
end
local function id(seq)
  return string.format('%.0f-0', seq)
end

local reply = {'ok', floor, last, tonumber(known[4]), ''}
if ARGV[5] == '1' and after > floor then
  local at = redis.call('XRANGE', KEYS[2], id(after), id(after))
  if at[1] then
    reply[5] = at[1][2][2]
  end
end
local most, bytes, next = 5 + tonumber(ARGV[3]), tonumber(ARGV[4]), after + 1
-- A few at a time: each may be as large as a transaction can be.
while next <= last and #reply < most and bytes > 0 do
  local found = redis.call('XRANGE', KEYS[2], id(next), '+', 'COUNT', 8)
  if not found[1] then
    return {'trimmed', last}
  end
  for _, entry in ipairs(found) do
    if #reply == most or bytes <= 0 then
      break
    end
    if entry[1] ~= id(next) then
      return {'trimmed', next}
    end
    reply[#reply + 1] = entry[2][2]
    bytes = bytes - #entry[2][2]
    next = next + 1
  end
end
return reply
