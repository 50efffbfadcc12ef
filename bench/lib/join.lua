-- wrk: each student of the demo's first institution joins the live class in turn (env CLASS), over the tokens of a storm's plan (env PLAN).
local tokens = {}
local n = 0
for line in io.lines(os.getenv("PLAN")) do
    if line:find('"kind":"student"', 1, true) and line:find('"host":"north-hill', 1, true) then
        tokens[#tokens + 1] = line:match('"access_token":"([^"]+)"')
    end
end
local path = "/v1/live-classes/" .. os.getenv("CLASS") .. "/join"
function request()
    n = n + 1
    return wrk.format("POST", path, { ["Host"] = "localhost", ["Authorization"] = "Bearer " .. tokens[n % #tokens + 1] })
end
