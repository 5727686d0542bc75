-- POST /v1/autofill for one person, each request from another agency, so that each is a record of its own in the cache.
-- AGENCIES: how many; KEY: the caller's key. Every request is counted down once and then starts anew.

local agencies = tonumber(os.getenv("AGENCIES"))
local count = 0
local head = '{"service":"1.000894","citizen":{"id":"999198000022"},"officer":"cb-1","dossier":"d-1","agency":"H01.'

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("KEY")

request = function()
  count = (count + 1) % agencies
  return wrk.format(nil, nil, nil, head .. string.format("%06d", count) .. '"}')
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"microseconds":%d,"errors":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
