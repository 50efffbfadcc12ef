-- wrk: each student's first page in turn, as browsers ask for it, over the tokens of a storm's plan (env PLAN).
local tokens = {}
local n = 0
for line in io.lines(os.getenv("PLAN")) do
    if line:find('"kind":"student"', 1, true) then
        tokens[#tokens + 1] = line:match('"access_token":"([^"]+)"')
    end
end
function request()
    n = n + 1
    return wrk.format("GET", "/v1/first-page", {
        ["Host"] = "localhost",
        ["Authorization"] = "Bearer " .. tokens[n % #tokens + 1],
        ["Accept-Encoding"] = "gzip",
    })
end
