# One image for every part of the board; the command says which. The steps are the Makefile's own.
FROM python:3.11-slim-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Makefile pyproject.toml requirements.lock README.md ./
COPY board.py ./
COPY config config
COPY dashboard dashboard
COPY jobs jobs
COPY queries queries
RUN make install VENV=/opt/board EDITABLE=

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --user-group --home-dir /nonexistent board
COPY --from=build /opt/board /opt/board
WORKDIR /app
ARG BUILD=dev
ENV PATH=/opt/board/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 BOARD_HOST=0.0.0.0 BOARD_BUILD=$BUILD
USER 10001
EXPOSE 8501 8502
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/readyz', timeout=4)"]
CMD ["board", "dashboard"]
