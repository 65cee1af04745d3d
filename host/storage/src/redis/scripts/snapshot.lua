#!lua
-- Keeps a snapshot, unless there is one of a later place. KEYS: snapshot. ARGV: epoch, seq, bytes, ms.
local epoch, seq = string.match(redis.call('GETRANGE', KEYS[1], 0, 40), '^(%d+) (%d+)\n')
epoch, seq = tonumber(epoch or -1), tonumber(seq or -1)
local of_epoch, of_seq = tonumber(ARGV[1]), tonumber(ARGV[2])
if of_epoch > epoch or (of_epoch == epoch and of_seq >= seq) then
  redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2] .. '\n' .. ARGV[3], 'PX', tonumber(ARGV[4]))
end
return 1
