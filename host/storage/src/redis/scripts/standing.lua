#!lua flags=no-writes
-- How an order stands that this run of the server began: {'ok', epoch, floor, last, durable}; else {'lost'}. KEYS: order.
local known = redis.call('HMGET', KEYS[1], 'epoch', 'floor', 'last', 'durable', 'run')
if not known[1] or known[5] ~= string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') then
  return {'lost'}
end
return {'ok', tonumber(known[1]), tonumber(known[2]), tonumber(known[3]), tonumber(known[4])}
