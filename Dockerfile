# The site as one image: web server and mail worker, pages built inside. Only VAR_DIR (/var/lib/rlsinfo) is written to.
#   docker build -t rlsinfo --build-arg SITE_URL=https://www.example.org .
#   docker run --read-only -p 8000:8000 -v rlsinfo:/var/lib/rlsinfo --env-file .env rlsinfo
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS packages
RUN python3 -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt

FROM packages AS pages
WORKDIR /srv/rlsinfo
COPY manage.py gunicorn.conf.py ./
COPY rlsinfo rlsinfo
COPY templates templates
COPY static static
COPY content content
COPY locale locale
# The address that canonical links name; run with another SITE_URL, the pages are built again at the start.
ARG SITE_URL=http://127.0.0.1:8000
RUN SITE_URL=${SITE_URL} VAR_DIR=/tmp/var /opt/venv/bin/python manage.py build_pages --into build/pages \
    && /opt/venv/bin/python -m compileall -q rlsinfo && rm -rf /tmp/var

FROM ${BASE} AS site
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin rlsinfo \
    && install -d -o rlsinfo -g rlsinfo -m 0700 /var/lib/rlsinfo \
    && install -d -o rlsinfo -g rlsinfo -m 0755 /var/lib/rlsinfo/pages \
    && install -d -o rlsinfo -g rlsinfo -m 0700 /var/lib/rlsinfo/erasures \
    && chmod go-w /tmp /var/tmp /run/lock
COPY --from=packages /opt/venv /opt/venv
COPY --from=pages /srv/rlsinfo /srv/rlsinfo
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 VAR_DIR=/var/lib/rlsinfo TMPDIR=/var/lib/rlsinfo
ARG SITE_URL=http://127.0.0.1:8000
ENV SITE_URL=${SITE_URL}
WORKDIR /srv/rlsinfo
VOLUME /var/lib/rlsinfo
EXPOSE 8000
USER 10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "manage.py", "ask_health"]
STOPSIGNAL SIGTERM
CMD ["python", "manage.py", "serve", "--prebuilt", "--host", "0.0.0.0"]

# The same with the tools that back up PostgreSQL: docker build --target backup
FROM site AS backup
USER root
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/*
USER 10001

# Built when no other is named.
FROM site
