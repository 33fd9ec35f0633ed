-- What wrk asks a token server for: the client and the secret of `serve --demo`.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.body = "grant_type=client_credentials&client_id=hacker-client&client_secret=hacker-secret-123&scope=simulation:read"
