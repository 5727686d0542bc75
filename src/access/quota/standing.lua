-- What came of a look-up, for the officer's standing in all replicas together.
-- KEYS: 1 standing, 2 misses of the hour
-- ARGV: 1 found (1) or no such citizen (0), 2 name of this miss, 3 slow after, 4 lock after, 5 misses that lock,
-- 6 first pause, 7 lock (both in milliseconds)
-- Answers {run, slowed (0 or 1), locked (0 or 1)}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] == '1' then
    redis.call('HSET', KEYS[1], 'run', 0)
    redis.call('PEXPIRE', KEYS[1], 86400000)
    return {0, 0, 0}
end
local run = redis.call('HINCRBY', KEYS[1], 'run', 1)
redis.call('ZADD', KEYS[2], now, ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 3600000)
redis.call('PEXPIRE', KEYS[2], 3600000)
redis.call('PEXPIRE', KEYS[1], 86400000)
local slow, lock = tonumber(ARGV[3]), tonumber(ARGV[4])
if run >= lock or redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then
    redis.call('HSET', KEYS[1], 'run', 0, 'locked', now + tonumber(ARGV[7]))
    return {run, 1, 1}
end
if run >= slow then
    redis.call('HSET', KEYS[1], 'slowed', now + tonumber(ARGV[6]) * 2 ^ (run - slow))
    return {run, 1, 0}
end
return {run, 0, 0}
