# syntax=docker/dockerfile:1
# docker build -t iconoscope .                  runs anywhere, on the processor
# docker build -t iconoscope:cuda --target cuda .   with faiss-gpu; run with --gpus all
#
# EXTRA_INDEX: an additional package index, for instance one with processor-only builds of torch, which save some
# gigabytes: docker build --build-arg EXTRA_INDEX=… .

ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG EXTRA_INDEX=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/iconoscope
ENV PATH=/opt/iconoscope/bin:$PATH
WORKDIR /src

# Dependencies first: they change less often than the code, and their layer is the large one.
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; print('\n'.join(tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies']))" \
        > requirements.txt \
    && pip install -c constraints.txt ${EXTRA_INDEX:+--extra-index-url "$EXTRA_INDEX"} -r requirements.txt

COPY . .
RUN pip install --no-deps .

FROM build AS build-cuda
ARG EXTRA_INDEX=""
# Both faiss packages own the same folder, so that the CPU one has to go first.
RUN pip uninstall -y faiss-cpu \
    && pip install -c constraints.txt ${EXTRA_INDEX:+--extra-index-url "$EXTRA_INDEX"} 'faiss-gpu-cu12; sys_platform == "linux"'

FROM ${PYTHON_IMAGE} AS base
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 iconoscope \
    && mkdir -p /collections /models \
    && chown iconoscope: /collections /models
ENV PATH=/opt/iconoscope/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ICONOSCOPE_MODELS=/models \
    HF_HOME=/models/huggingface \
    NUMBA_CACHE_DIR=/home/iconoscope/.cache/numba
VOLUME ["/collections", "/models"]
WORKDIR /collections
USER iconoscope
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/api/health', timeout=4)"]
ENTRYPOINT ["iconoscope"]
CMD ["serve", "--collection", "/collections/main", "--host", "0.0.0.0", "--port", "8000"]

FROM base AS cuda
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=build-cuda /opt/iconoscope /opt/iconoscope

# Last, so that it is what `docker build` makes by default.
FROM base AS cpu
COPY --from=build /opt/iconoscope /opt/iconoscope
