-- The application: one function for each path, found by LuaMapHandler. The worker that
-- has the connection runs it to its end and can do nothing else meanwhile.

local MOST_MS = 60000
local MOST_BYTES = 10000000

-- Return a whole number of the query, or nil where it is missing or too large.
local function number(r, name, most)
  local text = r:parseargs()[name] or ""
  local value = #text < 10 and text:match("^%d+$") and math.tointeger(text)
  return value and value <= most and value or nil
end

local function answer(r, body)
  r.content_type = "text/plain"
  r.headers_out["Content-Length"] = tostring(#body)
  r:write(body)
  return apache2.OK
end

-- Blocked on something slow, such as a database.
function wait(r)
  local ms = number(r, "ms", MOST_MS)
  if not ms then return 400 end
  r.usleep(ms * 1000) -- a dot: it does not take the request
  return answer(r, "waited\n")
end

-- Busy.
function cpu(r)
  local ms = number(r, "ms", MOST_MS)
  if not ms then return 400 end
  local ends_us = r:clock() + ms * 1000
  while r:clock() < ends_us do end
  return answer(r, "worked\n")
end

function bytes(r)
  local n = number(r, "n", MOST_BYTES)
  if not n then return 400 end
  return answer(r, string.rep("x", n))
end
