"""The one door for apps: gRPC, HTTP and the web page in front of the other services."""
