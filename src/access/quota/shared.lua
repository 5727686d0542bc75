-- Admits the people of one request and counts them, all or none, for all replicas together.
-- KEYS: 1 requests of the caller in this second, 2 people of the caller, 3 people of the officer, 4 people of whom the
-- officer gave the year alone, 5 people of the dossier, 6 tries to verify in the dossier, 7 standing of the officer
-- ARGV: 1 limit of requests, 2 most tries to verify (0: this is no verification), 3 number of limits, then for each:
-- key, milliseconds, limit, whether only people with a year count; then people: hash, year alone (0 or 1)
-- Answers {0, then for each person whether he or she is new to the officer (0 or 1)}, or {number of the limit (-1 requests, -2 tries, -3 locked, -4 slowed), milliseconds to wait}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limits = tonumber(ARGV[3])
local first = 4 + limits * 4

local locked = tonumber(redis.call('HGET', KEYS[7], 'locked') or '0')
if locked > now then return {-3, locked - now} end
local slowed = tonumber(redis.call('HGET', KEYS[7], 'slowed') or '0')
if slowed > now then return {-4, slowed - now} end

for limit = 1, limits do
    local at = 4 + (limit - 1) * 4
    local key = KEYS[tonumber(ARGV[at])]
    local span, most, by_year = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 3] == '1'
    local new = 0
    for person = first, #ARGV, 2 do
        if not by_year or ARGV[person + 1] == '1' then
            -- Whom others of the caller have asked for makes no difference for the caller's own limit.
            local known = redis.call('ZSCORE', key == KEYS[2] and KEYS[3] or key, ARGV[person])
            if not known or tonumber(known) <= now - span then new = new + 1 end
        end
    end
    if new > 0 then
        local held = redis.call('ZCOUNT', key, '(' .. (now - span), '+inf')
        if held + new > most then
            local oldest = redis.call('ZRANGEBYSCORE', key, '(' .. (now - span), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
            local wait = span
            if oldest[2] then wait = tonumber(oldest[2]) + span - now end
            return {limit, wait}
        end
    end
end

local tries = tonumber(ARGV[2])
if tries > 0 then
    for person = first, #ARGV, 2 do
        if tonumber(redis.call('HGET', KEYS[6], ARGV[person]) or '0') >= tries then return {-2, 0} end
    end
end

local requests = redis.call('INCR', KEYS[1])
if requests == 1 then redis.call('PEXPIRE', KEYS[1], 1000) end
if requests > tonumber(ARGV[1]) then return {-1, 1000} end

local answer = {0}
for person = first, #ARGV, 2 do
    local known = redis.call('ZSCORE', KEYS[3], ARGV[person])
    local new = not known or tonumber(known) <= now - 86400000
    answer[#answer + 1] = new and 1 or 0
end

-- The longest span of each set is how long it is kept.
for limit = 1, limits do
    local at = 4 + (limit - 1) * 4
    local key, span, by_year = KEYS[tonumber(ARGV[at])], tonumber(ARGV[at + 1]), ARGV[at + 3] == '1'
    for person = first, #ARGV, 2 do
        if not by_year or ARGV[person + 1] == '1' then redis.call('ZADD', key, now, ARGV[person]) end
    end
    if redis.call('PTTL', key) < span then redis.call('PEXPIRE', key, span) end
end
for _, at in ipairs({2, 3, 4}) do redis.call('ZREMRANGEBYSCORE', KEYS[at], '-inf', now - 86400000) end
if tries > 0 then
    for person = first, #ARGV, 2 do redis.call('HINCRBY', KEYS[6], ARGV[person], 1) end
    redis.call('PEXPIRE', KEYS[6], 2592000000)
end
return answer
