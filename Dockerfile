FROM python:3.11.14-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt /tmp/
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r /tmp/requirements.txt

FROM python:3.11.14-slim-bookworm
# Pango draws the PDFs; libharfbuzz-subset makes it five times faster. The client is for `manage.py backup`: as old as the
# server of docker-compose.yml at least, since pg_dump refuses a newer one.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/guichet --shell /usr/sbin/nologin guichet \
    && install -d -o guichet -g guichet -m 0700 /var/lib/guichet
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py pyproject.toml ./
COPY accounts accounts
COPY billing billing
COPY config config
COPY contributions contributions
COPY core core
COPY demo demo
COPY documents documents
COPY membership membership
COPY notifications notifications
COPY space space
COPY scripts/healthcheck.py scripts/new_keys.py scripts/prepare.py scripts/
COPY static static
COPY templates templates
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000
# Keys that exist only while this line runs: settings ask for some.
RUN python scripts/new_keys.py > /tmp/build.env \
    && ENV_FILE=/tmp/build.env VAR_DIR=/tmp/build SITE_URL=https://build.invalid EMAIL_URL=smtp://build.invalid \
        python manage.py collectstatic --noinput --verbosity 0 \
    && rm -r /tmp/build /tmp/build.env
# Nobody writes bytecode afterwards: each process would compile everything when it starts.
RUN python -m compileall -q /app
ENV VAR_DIR=/var/lib/guichet
USER guichet
VOLUME /var/lib/guichet
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["python", "scripts/healthcheck.py"]
CMD ["gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]
