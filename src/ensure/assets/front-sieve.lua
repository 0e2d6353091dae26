-- Has admin check a login by ManageSieve, as nginx does for the other protocols, and leads the session to dovecot.
-- Asks mailu-front.py, which asks admin. Dovecot takes any password from the pod network, so it gets none of the user's.
local admin = dovecot.http.client { timeout = 60000, max_attempts = 1 }

-- As nginx writes them: mailu-front.py sees to the bytes from 0x80 on.
local function escaped(text)
  return (tostring(text):gsub("[%c %%]", function(c) return string.format("%%%02X", string.byte(c)) end))
end

function auth_passdb_lookup(request)
  local question = admin:request { url = "http://127.0.0.1:8001/internal/auth/email" }
  question:add_header("Connection", "close")
  question:add_header("Auth-Method", "plain")
  question:add_header("Auth-Protocol", "sieve")
  question:add_header("Auth-Port", "4190")
  question:add_header("Auth-User", escaped(request.user))
  question:add_header("Auth-Pass", escaped(request.password))
  question:add_header("Client-Ip", escaped(request.remote_ip))
  question:add_header("Client-Port", escaped(request.remote_port))
  local answer = question:submit()
  if answer:status() ~= 200 then
    return dovecot.auth.PASSDB_RESULT_INTERNAL_FAILURE, "admin does not answer"
  end
  if answer:header("Auth-Status") ~= "OK" then
    return dovecot.auth.PASSDB_RESULT_PASSWORD_MISMATCH, "admin refuses"
  end
  return dovecot.auth.PASSDB_RESULT_OK, {
    user = answer:header("Auth-User"),
    proxy = "y",
    host = "@DOVECOT@",
    port = "4190",
    pass = "checked",
    nopassword = "y",
  }
end

function script_init()
  return 0
end

function script_deinit()
end
