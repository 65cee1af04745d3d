#!lua flags=allow-oom
-- Ends an order that has lost transactions, so that everybody notices.
-- KEYS: order, log, marks. ARGV: epoch, channel.
if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then
  redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
  redis.call('SPUBLISH', ARGV[2], 'L ' .. ARGV[1] .. '\n')
end
return 1
