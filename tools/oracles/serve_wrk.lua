-- SPDX-License-Identifier: Apache-2.0
-- A transcription for wrk.
-- usage: wrk -t1 -c4 -d60s --timeout 60s -s tools/oracles/serve_wrk.lua http://ADDRESS -- MODEL RECORDING
function init(args)
  local file = assert(io.open(args[2], "rb"))
  local sound = file:read("*a")
  file:close()
  wrk.method = "POST"
  wrk.path = "/v1/audio/transcriptions"
  wrk.headers["Content-Type"] = "multipart/form-data; boundary=b"
  wrk.body = '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n' .. args[1] ..
    '\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' .. sound .. "\r\n--b--\r\n"
end
