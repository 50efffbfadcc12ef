-- wrk: submissions of BODY_BYTES (1 KiB if there is none), each with a key of its own, over the tokens and assignments of a storm's plan (env PLAN).
local seats = {}
local n = 0
local bytes = tonumber(os.getenv("BODY_BYTES") or 1024)
local text = string.rep("The bell rings and the whole school hands in at once. ", bytes / 50 + 1):sub(1, bytes)
local run = os.time() .. "-" .. tostring({}):sub(8)
for line in io.lines(os.getenv("PLAN")) do
    if line:find('"kind":"student"', 1, true) then
        seats[#seats + 1] = { line:match('"access_token":"([^"]+)"'), line:match('"assignment_id":"([^"]+)"') }
    end
end
function request()
    n = n + 1
    local seat = seats[n % #seats + 1]
    return wrk.format("POST", nil, {
        ["Host"] = "localhost",
        ["Authorization"] = "Bearer " .. seat[1],
        ["Content-Type"] = "application/json",
        ["Idempotency-Key"] = '"' .. run .. "-" .. n .. '"',
    }, '{"assignment_id":"' .. seat[2] .. '","text":"' .. text .. '"}')
end
