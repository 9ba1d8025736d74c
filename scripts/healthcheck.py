"""Does the web server of this container answer? Asks as the public host name, the only one that is let in."""

import os
import urllib.request
from urllib.parse import urlsplit

port = os.environ.get("PORT", "8000")
host = urlsplit(os.environ.get("SITE_URL", "http://127.0.0.1")).netloc
request = urllib.request.Request(f"http://127.0.0.1:{port}/sante/vivant/", headers={"Host": host})
urllib.request.urlopen(request, timeout=4).close()
