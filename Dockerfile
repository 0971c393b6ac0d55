# One image for each service:  docker build --build-arg SERVICE=gateway .
# SERVICE=cli makes the operator's toolbox: the `vision3` command, with everything that it needs.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
ARG SERVICE
RUN test -n "${SERVICE}" || { echo "say which: --build-arg SERVICE=gateway" >&2; exit 1; }
RUN pip install --no-cache-dir "uv>=0.9,<1"
ENV UV_NO_CACHE=1 UV_NO_CONFIG=1 UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1
WORKDIR /src
COPY pyproject.toml requirements.lock ./
COPY libs libs
COPY services services

# What others wrote: changes seldom, and is a layer of its own. Versions and hashes are the lock's, which `install` checks.
RUN python -m venv --without-pip /opt/venv \
 && member="$(test -d "services/${SERVICE}" && echo services || echo libs)/${SERVICE}" \
 && uv pip compile --quiet --python /opt/venv/bin/python --constraint requirements.lock \
      $(for own in libs/* services/*; do printf -- '--no-emit-package vision3-%s ' "${own#*/}"; done) \
      --output-file /tmp/requirements.txt "${member}/pyproject.toml" \
 && uv pip install --python /opt/venv/bin/python --no-deps \
      --constraint requirements.lock --requirements /tmp/requirements.txt

# What we wrote: the service and those libraries that it names; the toolbox holds every service.
RUN if [ "${SERVICE}" = cli ]; then members="$(echo libs/* services/*)"; \
    else members="services/${SERVICE} $(sed -n 's|^  "vision3-\(.*\)",$|libs/\1|p' "services/${SERVICE}/pyproject.toml")"; fi \
 && uv pip install --python /opt/venv/bin/python --target /opt/vision3 --no-deps \
      $(for member in ${members}; do printf './%s ' "${member}"; done)

FROM python:${PYTHON}
ARG SERVICE
# FriBiDi joins and orders Arabic and Hebrew letters; the fonts are for scripts and emoji that no package covers.
RUN if [ "${SERVICE}" = imager ]; then \
      apt-get update \
      && apt-get install --yes --no-install-recommends libfribidi0 fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
      && rm -rf /var/lib/apt/lists/*; \
    fi
RUN pip uninstall --yes --quiet --root-user-action=ignore setuptools wheel pip \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin vision3
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/vision3 /opt/vision3
ENV SERVICE=${SERVICE} \
    PATH=/opt/vision3/bin:/opt/venv/bin:${PATH} \
    PYTHONPATH=/opt/vision3 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    VISION3_HTTP_HOST=0.0.0.0 \
    VISION3_HTTP_PORT=8000
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
# Whether the process lives. Whether it sees Postgres and NATS is /readyz, which a restart would not mend.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["sh", "-c", "exec python -P -m ${SERVICE}.app"]
