"""gunicorn: `gunicorn -c config/gunicorn.py config.wsgi`.

No access log here: core.middleware.RequestLogMiddleware logs the route of each request, never its path, which may
hold the token of a personal link.
"""

import os
from pathlib import Path

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# The application is loaded once and forked: a quicker start and shared memory. It opens no connection on import.
preload_app = True

# No page takes this long: documents are rendered by the worker. Uploads are read by threads and do not count.
timeout = 60
graceful_timeout = 30
keepalive = 5
# Workers are renewed now and then, not all at once, so that a leak in a C library stays small.
max_requests = 5000
max_requests_jitter = 1000
# Heartbeats go to memory: on a slow disk a worker would look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None

# Only Django decides who is asking, and over what (TRUSTED_PROXIES): gunicorn believes no forwarded header.
forwarded_allow_ips = ""
# Header names with an underscore could shadow those a proxy sets.
header_map = "drop"

# Processes are managed by whatever started them, not through a socket in somebody's home.
control_socket_disable = True

accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "core.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
