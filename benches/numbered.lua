-- POST with the body of the environment variable BODY, in which the first '#' is replaced by a number of six digits that is
-- another one with each request: 0, 1, … COUNT - 1, and anew. KEY: the caller's key.
-- For records of their own (the number in the agency) and for dossiers of their own.

local count = tonumber(os.getenv("COUNT"))
local body = os.getenv("BODY")
local at = body:find("#", 1, true)
local head, tail = body:sub(1, at - 1), body:sub(at + 1)
local number = -1

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local key = os.getenv("KEY")
if key then
  wrk.headers["Authorization"] = "Bearer " .. key
end

request = function()
  number = (number + 1) % count
  return wrk.format(nil, nil, nil, head .. string.format("%06d", number) .. tail)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,' ..
    '"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
