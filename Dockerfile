# One image per service: docker build --target gateway|features|classification|palette .
# Each holds the packages of its own extra (pyproject.toml) and no more.

FROM python:3.11-slim AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ORT_DISABLE_TELEMETRY=1 \
    LIENZO_HOST=0.0.0.0 \
    LIENZO_MODELS=/models \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PIP_CONSTRAINT=/app/requirements.lock
WORKDIR /app
# The versions of everything that is installed below.
COPY requirements.lock ./


# Our own code as two wheels, the same for all services.
FROM base AS builder
RUN pip install -q "hatchling>=1.27" "setuptools>=77"
COPY LICENSE pyproject.toml ./
COPY protos/LICENSE protos/pyproject.toml protos/
# The build wants the page that a registry would show; an image shows none.
RUN touch README.md

FROM builder AS wheels
COPY protos protos
COPY bundle bundle
COPY lienzo_application lienzo_application
COPY runtime runtime
COPY sources sources
COPY vision vision
COPY services services
RUN pip wheel -q --no-build-isolation --no-deps --wheel-dir /wheels ./protos .


# The same two without any of our code: all they say is what has to be installed. With a fixed date they are
# the same byte for byte until that changes, and so the layers below are found in the cache.
FROM builder AS requirements
RUN mkdir protos/python \
    && SOURCE_DATE_EPOCH=1600000000 pip wheel -q --no-build-isolation --no-deps --wheel-dir /wheels ./protos .


# What the services need, in layers that a change of our code leaves alone; services share the layers
# that they share packages with.
FROM base AS server-packages
RUN --mount=type=bind,from=requirements,source=/wheels,target=/wheels pip install -q /wheels/*.whl

FROM server-packages AS gateway-packages
# Where it may read pictures from: any of https, s3, gcs, azure, oci, with commas between them.
ARG SOURCES=https
RUN pip install -q "lienzo[gateway,${SOURCES}]"

FROM server-packages AS classification-packages
RUN pip install -q "lienzo[classification]"

FROM classification-packages AS features-packages
RUN pip install -q "lienzo[features]"

FROM server-packages AS palette-packages
RUN pip install -q "lienzo[palette]"


# The images. Starting each once shows that nothing is missing, and leaves the compiled standard library
# behind, which the base image leaves out and a read-only container would compile at every start and every
# health check. They listen beyond the container, so they want TLS or, on a network of their own,
# LIENZO_INSECURE=true; without either they say so and stop.
FROM gateway-packages AS gateway
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install -q --no-deps --force-reinstall /wheels/*.whl
RUN PYTHONDONTWRITEBYTECODE= python -m lienzo_application runtime.probe --help >/dev/null \
    && PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.gateway --help >/dev/null
USER 10001:10001
EXPOSE 50050 8080
HEALTHCHECK --interval=5s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-m", "lienzo_application", "runtime.probe", "127.0.0.1:50050"]
ENTRYPOINT ["python", "-m", "lienzo_application", "services.gateway"]

FROM features-packages AS features
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install -q --no-deps --force-reinstall /wheels/*.whl
RUN PYTHONDONTWRITEBYTECODE= python -m lienzo_application runtime.probe --help >/dev/null \
    && PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.features --help >/dev/null
USER 10001:10001
EXPOSE 50051
HEALTHCHECK --interval=5s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-m", "lienzo_application", "runtime.probe", "127.0.0.1:50051"]
ENTRYPOINT ["python", "-m", "lienzo_application", "services.features"]

FROM classification-packages AS classification
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install -q --no-deps --force-reinstall /wheels/*.whl
RUN PYTHONDONTWRITEBYTECODE= python -m lienzo_application runtime.probe --help >/dev/null \
    && PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.classification --help >/dev/null
USER 10001:10001
EXPOSE 50052
HEALTHCHECK --interval=5s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-m", "lienzo_application", "runtime.probe", "127.0.0.1:50052"]
ENTRYPOINT ["python", "-m", "lienzo_application", "services.classification"]

FROM palette-packages AS palette
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install -q --no-deps --force-reinstall /wheels/*.whl
RUN PYTHONDONTWRITEBYTECODE= python -m lienzo_application runtime.probe --help >/dev/null \
    && PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.palette --help >/dev/null
USER 10001:10001
EXPOSE 50053
HEALTHCHECK --interval=5s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-m", "lienzo_application", "runtime.probe", "127.0.0.1:50053"]
ENTRYPOINT ["python", "-m", "lienzo_application", "services.palette"]
