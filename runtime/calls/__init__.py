"""One call on its way through a server: interceptors, authentication, errors, logs of calls."""
